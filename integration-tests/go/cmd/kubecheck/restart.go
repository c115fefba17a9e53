package main

import (
	"context"
	"fmt"
	"os"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	retrywatch "k8s.io/client-go/tools/watch"
)

// Objects that are made before the restart, and again after it.
const restartObjects = 200

var throughRestart = []step{
	{"namespace", createNamespace},
	{"watch-through-restart", watchThroughRestart},
	{"delete-namespace", deleteNamespace},
}

// watchThroughRestart keeps a watch that a client resumes by itself, as controllers do, while the store restarts.
// Then a new watch from the start must tell the same, and a list have it all.
func watchThroughRestart(ctx context.Context, k *kube) error {
	start, err := k.maps().List(ctx, meta.ListOptions{})
	if err != nil {
		return err
	}
	resumed, err := k.retryWatch(ctx, start.ResourceVersion)
	if err != nil {
		return err
	}
	defer resumed.Stop()
	before, err := k.make(ctx, "before")
	if err != nil {
		return err
	}
	if err := expect(ctx, resumed.ResultChan(), before...); err != nil {
		return fmt.Errorf("before the restart: %w", err)
	}
	if err := os.WriteFile(*readyFile, nil, 0o600); err != nil {
		return err
	}
	if err := awaitFile(ctx, *goFile, *timeout); err != nil {
		return err
	}
	if err := k.awaitReady(ctx); err != nil {
		return err
	}
	after, err := k.make(ctx, "later")
	if err != nil {
		return err
	}
	if err := expect(ctx, resumed.ResultChan(), after...); err != nil {
		return fmt.Errorf("the resumed watch: %w", err)
	}
	fresh, err := k.retryWatch(ctx, start.ResourceVersion)
	if err != nil {
		return err
	}
	defer fresh.Stop()
	if err := expect(ctx, fresh.ResultChan(), append(before, after...)...); err != nil {
		return fmt.Errorf("a new watch from the start: %w", err)
	}
	all, err := k.maps().List(ctx, meta.ListOptions{})
	if err != nil {
		return err
	}
	if len(all.Items) != 2*restartObjects {
		return fmt.Errorf("the list has %d objects, not %d", len(all.Items), 2*restartObjects)
	}
	if err := k.expectNoMore(ctx, resumed.ResultChan()); err != nil {
		return fmt.Errorf("the resumed watch at the end: %w", err)
	}
	return nil
}

func (k *kube) retryWatch(ctx context.Context, version string) (watch.Interface, error) {
	source := &cache.ListWatch{WatchFuncWithContext: func(ctx context.Context, options meta.ListOptions) (watch.Interface, error) {
		return k.maps().Watch(ctx, options)
	}}
	return retrywatch.NewRetryWatcherWithContext(ctx, version, source)
}

// make creates objects one after the other and tells what a watch must tell. A create whose outcome a restart hides
// is tried again, and has then happened if the name exists.
func (k *kube) make(ctx context.Context, prefix string) ([]change, error) {
	var made []change
	for i := range restartObjects {
		name := fmt.Sprintf("%s-%03d", prefix, i)
		tried := false
		err := eventually(ctx, patience, name+" was not created", func() error {
			_, err := k.maps().Create(ctx, configMap(name, ""), meta.CreateOptions{})
			if tried && apierrors.IsAlreadyExists(err) {
				return nil
			}
			tried = true
			return err
		})
		if err != nil {
			return nil, err
		}
		made = append(made, change{watch.Added, name})
	}
	return made, nil
}
