package main

import (
	"net"
	"time"

	"github.com/dop251/goja"
)

// actionContext is what ZITADEL gives an Action, by the names that scripts see; what is nil is not there at all.
type actionContext struct {
	// Of the internal flow's post authentication.
	AuthMethod *authMethod
	AuthError  *string
	// A login without one has null.
	AuthRequest *authRequest
	HTTPRequest *httpCall
	// Of the external flow's post authentication, with the tokens of the identity provider.
	ExternalUser *externalUser
	AccessToken  *string
	RefreshToken *string
	IDToken      *string
	// Of pre creation.
	User *human
	// Of post creation: what getUser answers.
	CreatedUser *human
}

type authMethod string

type authRequest struct {
	Id                       string
	AgentId                  string
	CreationDate             time.Time
	ChangeDate               time.Time
	BrowserInfo              *browserInfo
	ApplicationId            string
	CallbackUri              string
	TransferState            string
	Prompt                   []prompt
	UiLocales                []string
	LoginHint                string
	MaxAuthAge               *time.Duration
	InstanceId               string
	Request                  *protocolRequest
	UserId                   string
	UserName                 string
	LoginName                string
	DisplayName              string
	ResourceOwner            string
	RequestedOrgId           string
	RequestedOrgName         string
	RequestedPrimaryDomain   string
	RequestedOrgDomain       bool
	ApplicationResourceOwner string
	PrivateLabelingSetting   int32
	SelectedIdpConfigId      string
	LinkingUsers             []*externalUser
	PasswordVerified         bool
	MfasVerified             []int32
	Audience                 []string
	AuthTime                 time.Time
}

type prompt int32

type browserInfo struct {
	UserAgent      string
	AcceptLanguage string
	// RemoteIp is given here as text; JavaScript sees a list of bytes whose text is right.
	RemoteIp net.IP
}

type protocolRequest struct{ Oidc oidcRequest }

type oidcRequest struct{ Scopes []string }

type httpCall struct {
	Method        string
	Url           string
	Proto         string
	ContentLength int64
	Host          string
	Form          map[string][]string
	PostForm      map[string][]string
	RemoteAddr    string
	Headers       map[string][]string
}

type externalUser struct {
	ExternalId    string
	ExternalIdpId string
	Human         profile
}

type human struct {
	Id                 string
	CreationDate       time.Time
	ChangeDate         time.Time
	ResourceOwner      string
	Sequence           uint64
	State              int32
	Username           string
	LoginNames         []string
	PreferredLoginName string
	Human              profile
}

type profile struct {
	FirstName         string
	LastName          string
	NickName          string
	DisplayName       string
	PreferredLanguage string
	Email             string
	IsEmailVerified   bool
	Phone             string
	IsPhoneVerified   bool
}

func (c *actionContext) fields(vm *goja.Runtime) fields {
	if c == nil {
		c = &actionContext{}
	}
	// ZITADEL has these two in every flow.
	v1 := fields{"authRequest": vm.ToValue(nil), "httpRequest": vm.ToValue(c.HTTPRequest)}
	if c.AuthRequest != nil {
		v1["authRequest"] = vm.ToValue(c.AuthRequest)
	}
	if c.AuthMethod != nil {
		v1["authMethod"] = *c.AuthMethod
	}
	if c.AuthError != nil {
		v1["authError"] = *c.AuthError
	}
	if c.ExternalUser != nil {
		v1["externalUser"] = vm.ToValue(c.ExternalUser)
	}
	if c.User != nil {
		v1["user"] = vm.ToValue(c.User)
	}
	if c.CreatedUser != nil {
		v1["getUser"] = func(goja.FunctionCall) goja.Value { return vm.ToValue(c.CreatedUser) }
	}
	ctx := fields{"v1": v1}
	tokens := map[string]*string{"accessToken": c.AccessToken, "refreshToken": c.RefreshToken, "idToken": c.IDToken}
	for name, token := range tokens {
		if token != nil {
			ctx[name] = *token
		}
	}
	return ctx
}

// apiFields takes what scripts may change of a login, and forgets it.
func apiFields() fields {
	ignore := func(goja.FunctionCall) goja.Value { return goja.Undefined() }
	return fields{"metadata": ignore, "v1": fields{"user": fields{"appendMetadata": ignore}}}
}
