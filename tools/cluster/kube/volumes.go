package main

import (
	"context"
	"flag"
	"log"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	storagehelpers "k8s.io/component-helpers/storage/volume"
)

// The provisioner that this cluster's StorageClasses name.
const provisioner = "zitadel-siem.test/local"

// volumes provisions local volumes, folders of this node, for claims of our StorageClasses: made when the
// class binds immediately or the scheduler has chosen the node, grown when the claim grows, removed with the
// claim. Local volumes, unlike host paths, take over the pod's fsGroup, as real storage does.
func volumes() {
	kubeconfig := flag.String("kubeconfig", "", "")
	folder := flag.String("folder", "", "where the volumes lie")
	node := flag.String("node", "", "the node that has them")
	flag.Parse()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		log.Fatal(err)
	}
	client := kubernetes.NewForConfigOrDie(config)
	factory := informers.NewSharedInformerFactory(client, 0)
	claims := factory.Core().V1().PersistentVolumeClaims()
	pvs := factory.Core().V1().PersistentVolumes()
	classes := factory.Storage().V1().StorageClasses()
	dirty := watch(factory, claims.Informer(), pvs.Informer(), classes.Informer())
	p := provisioning{client: client, folder: *folder, node: *node}
	for {
		all, _ := claims.Lister().List(labels.Everything())
		for _, claim := range all {
			if claim.Spec.StorageClassName == nil {
				continue
			}
			class, err := classes.Lister().Get(*claim.Spec.StorageClassName)
			if err != nil || class.Provisioner != provisioner {
				continue
			}
			report("provision", p.provision(claim, class))
			report("grow", p.grow(claim))
		}
		existing, _ := pvs.Lister().List(labels.Everything())
		for _, pv := range existing {
			if pv.Annotations[storagehelpers.AnnDynamicallyProvisioned] == provisioner {
				report("remove", p.remove(pv))
			}
		}
		<-dirty
		time.Sleep(20 * time.Millisecond)
	}
}

// watch starts the informers and gives a channel that tells, once for many, that something has changed.
func watch(factory informers.SharedInformerFactory, of ...cache.SharedIndexInformer) <-chan struct{} {
	dirty := make(chan struct{}, 1)
	poke := func() {
		select {
		case dirty <- struct{}{}:
		default:
		}
	}
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { poke() },
		UpdateFunc: func(_, _ any) { poke() },
		DeleteFunc: func(any) { poke() },
	}
	for _, informer := range of {
		if _, err := informer.AddEventHandler(handler); err != nil {
			log.Fatal(err)
		}
	}
	stop := make(chan struct{})
	factory.Start(stop)
	factory.WaitForCacheSync(stop)
	return dirty
}

// report logs what failed; the next change of a claim or a volume tries again. What is seen is a cache, so
// that something is there or gone already is no failure.
func report(what string, err error) {
	if err != nil && !apierrors.IsAlreadyExists(err) && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		log.Printf("%s: %v", what, err)
	}
}

type provisioning struct {
	client kubernetes.Interface
	folder string
	node   string
}

func (p provisioning) provision(claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) error {
	if claim.Spec.VolumeName != "" || claim.DeletionTimestamp != nil {
		return nil
	}
	waits := class.VolumeBindingMode != nil && *class.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer
	if waits && claim.Annotations[storagehelpers.AnnSelectedNode] == "" {
		return nil
	}
	name := "local-" + string(claim.UID)
	path := filepath.Join(p.folder, name)
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	reclaim := corev1.PersistentVolumeReclaimDelete
	if class.ReclaimPolicy != nil {
		reclaim = *class.ReclaimPolicy
	}
	_, err := p.client.CoreV1().PersistentVolumes().Create(context.Background(), &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{
			Name:        name,
			Annotations: map[string]string{storagehelpers.AnnDynamicallyProvisioned: provisioner},
		},
		Spec: corev1.PersistentVolumeSpec{
			StorageClassName:              class.Name,
			PersistentVolumeReclaimPolicy: reclaim,
			AccessModes:                   claim.Spec.AccessModes,
			Capacity:                      claim.Spec.Resources.Requests,
			PersistentVolumeSource:        corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: path}},
			ClaimRef: &corev1.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim",
				Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
			},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{
				NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{
					{Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{p.node}},
				}}},
			}},
		},
	}, metav1.CreateOptions{})
	return err
}

// grow gives a bound claim the size that it asks for: a folder has no size of its own.
func (p provisioning) grow(claim *corev1.PersistentVolumeClaim) error {
	wanted := claim.Spec.Resources.Requests[corev1.ResourceStorage]
	if claim.Status.Phase != corev1.ClaimBound || wanted.Cmp(claim.Status.Capacity[corev1.ResourceStorage]) <= 0 {
		return nil
	}
	ctx := context.Background()
	pv, err := p.client.CoreV1().PersistentVolumes().Get(ctx, claim.Spec.VolumeName, metav1.GetOptions{})
	if err != nil {
		return err
	}
	pv.Spec.Capacity[corev1.ResourceStorage] = wanted
	if _, err = p.client.CoreV1().PersistentVolumes().Update(ctx, pv, metav1.UpdateOptions{}); err != nil {
		return err
	}
	claim = claim.DeepCopy()
	claim.Status.Capacity[corev1.ResourceStorage] = wanted
	claim.Status.Conditions = nil
	_, err = p.client.CoreV1().PersistentVolumeClaims(claim.Namespace).UpdateStatus(ctx, claim, metav1.UpdateOptions{})
	return err
}

func (p provisioning) remove(pv *corev1.PersistentVolume) error {
	if pv.Status.Phase != corev1.VolumeReleased || pv.Spec.PersistentVolumeReclaimPolicy != corev1.PersistentVolumeReclaimDelete {
		return nil
	}
	if err := os.RemoveAll(filepath.Join(p.folder, pv.Name)); err != nil {
		return err
	}
	return p.client.CoreV1().PersistentVolumes().Delete(context.Background(), pv.Name, metav1.DeleteOptions{})
}
