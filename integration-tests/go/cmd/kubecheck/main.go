// Command kubecheck drives a kube-apiserver as kubectl and controllers do, to prove that its store serves it rightly.
// It prints "ok STEP" for each step and exits 1 with the reason at the first that fails.
//
//	kubecheck -dir D -phase prepare                # writes what kube-apiserver needs to start
//	kubecheck -dir D -phase basics -server https://127.0.0.1:PORT [-event-ttl 10s]
//	kubecheck -dir D -phase watch-through-restart -server https://127.0.0.1:PORT -ready-file R -go-file G
//
// watch-through-restart creates R once its watch has events; the caller then restarts the store and creates G.
//
// Between prepare and the other phases kube-apiserver is started by itself, without any other part of Kubernetes, on
// loopback:
//
//	kube-apiserver \
//	  --etcd-servers=http://127.0.0.1:2379 \
//	  --bind-address=127.0.0.1 --secure-port=PORT \
//	  --advertise-address=192.0.2.1 \
//	  --cert-dir=D \
//	  --token-auth-file=D/tokens.csv \
//	  --service-account-issuer=https://kubernetes.default.svc \
//	  --service-account-key-file=D/service-account.key \
//	  --service-account-signing-key-file=D/service-account.key \
//	  --service-cluster-ip-range=10.0.0.0/24 \
//	  --authorization-mode=RBAC \
//	  --disable-admission-plugins=ServiceAccount \
//	  --event-ttl=10s
//
// It makes its own certificate in D, which kubecheck trusts. The advertised address is only written into the store: an
// address for documentation keeps the endpoint lease going, which a loopback address would not. The ServiceAccount
// plugin would wait for accounts that only the controller manager makes. -event-ttl tells kubecheck what --event-ttl
// says; without, the end of an event is not awaited.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/client/clientset/clientset"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

var (
	dir       = flag.String("dir", "", "folder of the files that prepare writes, and kube-apiserver's --cert-dir")
	phase     = flag.String("phase", "", "prepare, basics or watch-through-restart")
	server    = flag.String("server", "https://127.0.0.1:6443", "address of kube-apiserver")
	timeout   = flag.Duration("timeout", 5*time.Minute, "the phase fails after so long")
	eventTTL  = flag.Duration("event-ttl", 0, "kube-apiserver's --event-ttl; if given, basics waits for the end of an event")
	readyFile = flag.String("ready-file", "", "created when the store may be restarted")
	goFile    = flag.String("go-file", "", "awaited: created by the caller when the store is up again")
)

func main() {
	flag.Parse()
	if *dir == "" || flag.NArg() > 0 {
		usage("-dir is needed, further arguments are not accepted")
	}
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	defer cancel()
	var err error
	switch *phase {
	case "prepare":
		err = prepare()
	case "basics":
		err = runSteps(ctx, basics)
	case "watch-through-restart":
		if *readyFile == "" || *goFile == "" {
			usage("watch-through-restart needs -ready-file and -go-file")
		}
		err = runSteps(ctx, throughRestart)
	default:
		usage("-phase is prepare, basics or watch-through-restart")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kubecheck:", err)
		os.Exit(1)
	}
}

func usage(why string) {
	fmt.Fprintln(os.Stderr, "kubecheck:", why)
	os.Exit(2)
}

// How long anything that kube-apiserver or its store does by itself is awaited.
const patience = time.Minute

type step struct {
	name string
	run  func(ctx context.Context, k *kube) error
}

// kube is what the steps of a phase work with, in a namespace of their own.
type kube struct {
	*kubernetes.Clientset
	extensions *apiextensions.Clientset
	dynamic    *dynamic.DynamicClient
	namespace  string
}

func runSteps(ctx context.Context, steps []step) error {
	k, err := connect(ctx)
	if err != nil {
		return err
	}
	for _, s := range steps {
		if err := s.run(ctx, k); err != nil {
			return fmt.Errorf("FAIL %s: %w", s.name, err)
		}
		fmt.Println("ok", s.name)
	}
	return nil
}

// connect waits until kube-apiserver has made its certificate and is ready.
func connect(ctx context.Context) (*kube, error) {
	config := &rest.Config{Host: *server, QPS: -1} // no limit of requests by the client
	var err error
	if config.BearerToken, err = readToken(); err != nil {
		return nil, err
	}
	config.CAFile = filepath.Join(*dir, "apiserver.crt")
	if err := awaitFile(ctx, config.CAFile, patience); err != nil {
		return nil, err
	}
	k := &kube{namespace: fmt.Sprintf("kubecheck-%d", time.Now().UnixNano())}
	var errs [3]error
	k.Clientset, errs[0] = kubernetes.NewForConfig(config)
	k.extensions, errs[1] = apiextensions.NewForConfig(config)
	k.dynamic, errs[2] = dynamic.NewForConfig(config)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	return k, k.awaitReady(ctx)
}

func (k *kube) awaitReady(ctx context.Context) error {
	return eventually(ctx, patience, "kube-apiserver is not ready", func() error {
		_, err := k.RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		return err
	})
}

func awaitFile(ctx context.Context, name string, limit time.Duration) error {
	return eventually(ctx, limit, name+" was not created", func() error {
		_, err := os.Stat(name)
		return err
	})
}

// eventually tries until there is no error or the time is over; then it tells the last one.
func eventually(ctx context.Context, limit time.Duration, what string, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("%s in time: %w", what, err)
		}
	}
}
