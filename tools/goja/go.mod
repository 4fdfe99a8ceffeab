module zitadel-siem/tools/goja

go 1.26

require (
	github.com/dop251/goja v0.0.0-20250309171923-bcd7cc6bf64c
	github.com/dop251/goja_nodejs v0.0.0-20250409162600-f7acab6894b0
	github.com/sirupsen/logrus v1.9.3
)

require (
	github.com/dlclark/regexp2 v1.11.4 // indirect
	github.com/go-sourcemap/sourcemap v2.1.4+incompatible // indirect
	github.com/google/pprof v0.0.0-20240727154555-813a5fbdbec8 // indirect
	golang.org/x/sys v0.6.0 // indirect
	golang.org/x/text v0.16.0 // indirect
)
