package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	apply "k8s.io/client-go/applyconfigurations/core/v1"
	typed "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/util/retry"
)

var basics = []step{
	{"namespace", createNamespace},
	{"create-twice", createTwice},
	{"conflict-of-a-stale-update", staleUpdate},
	{"patch", patch},
	{"concurrent-updates-lose-nothing", concurrentUpdates},
	{"list-sees-own-writes", listOwnWrites},
	{"watch-tells-each-change-once-in-order", watchOrder},
	{"list-in-pages", listInPages},
	{"delete-collection", deleteCollection},
	{"event-and-its-end", event},
	{"custom-resource", customResource},
	{"delete-namespace", deleteNamespace},
}

// conflictBackoff tries far longer than any contention here lasts; the phase's own deadline comes first.
var conflictBackoff = wait.Backoff{Duration: 5 * time.Millisecond, Factor: 1, Jitter: 1, Steps: 10_000}

func (k *kube) maps() typed.ConfigMapInterface { return k.CoreV1().ConfigMaps(k.namespace) }

func configMap(name, value string) *core.ConfigMap {
	return &core.ConfigMap{ObjectMeta: meta.ObjectMeta{Name: name}, Data: map[string]string{"value": value}}
}

// want fails with what unless ok.
func want(ok bool, what string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf("not so: "+what, args...)
}

func createNamespace(ctx context.Context, k *kube) error {
	_, err := k.CoreV1().Namespaces().Create(ctx, &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: k.namespace}}, meta.CreateOptions{})
	return err
}

// deleteNamespace only begins it: the rest is the controller manager's work.
func deleteNamespace(ctx context.Context, k *kube) error {
	return k.CoreV1().Namespaces().Delete(ctx, k.namespace, meta.DeleteOptions{})
}

func createTwice(ctx context.Context, k *kube) error {
	if _, err := k.maps().Create(ctx, configMap("twice", "1"), meta.CreateOptions{}); err != nil {
		return err
	}
	_, err := k.maps().Create(ctx, configMap("twice", "2"), meta.CreateOptions{})
	if !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("second create: %v, not AlreadyExists", err)
	}
	got, err := k.maps().Get(ctx, "twice", meta.GetOptions{})
	if err != nil {
		return err
	}
	return want(got.Data["value"] == "1", "the first value stays")
}

func staleUpdate(ctx context.Context, k *kube) error {
	first, err := k.maps().Create(ctx, configMap("stale", "1"), meta.CreateOptions{})
	if err != nil {
		return err
	}
	changed := first.DeepCopy()
	changed.Data["value"] = "2"
	second, err := k.maps().Update(ctx, changed, meta.UpdateOptions{})
	if err != nil {
		return err
	}
	if _, err = k.maps().Update(ctx, changed, meta.UpdateOptions{}); !apierrors.IsConflict(err) {
		return fmt.Errorf("update of a stale object: %v, not Conflict", err)
	}
	stale := meta.DeleteOptions{Preconditions: &meta.Preconditions{ResourceVersion: &first.ResourceVersion}}
	if err = k.maps().Delete(ctx, "stale", stale); !apierrors.IsConflict(err) {
		return fmt.Errorf("delete of a stale object: %v, not Conflict", err)
	}
	fresh := meta.DeleteOptions{Preconditions: &meta.Preconditions{ResourceVersion: &second.ResourceVersion}}
	if err = k.maps().Delete(ctx, "stale", fresh); err != nil {
		return err
	}
	if _, err = k.maps().Get(ctx, "stale", meta.GetOptions{}); !apierrors.IsNotFound(err) {
		return fmt.Errorf("get of a deleted object: %v, not NotFound", err)
	}
	return nil
}

func patch(ctx context.Context, k *kube) error {
	applied := apply.ConfigMap("patched", k.namespace).WithData(map[string]string{"a": "1"})
	if _, err := k.maps().Apply(ctx, applied, meta.ApplyOptions{FieldManager: "kubecheck"}); err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	if _, err := k.maps().Patch(ctx, "patched", types.MergePatchType, []byte(`{"data":{"b":"2"}}`), meta.PatchOptions{}); err != nil {
		return fmt.Errorf("merge patch: %w", err)
	}
	operation := []byte(`[{"op":"replace","path":"/data/b","value":"3"}]`)
	got, err := k.maps().Patch(ctx, "patched", types.JSONPatchType, operation, meta.PatchOptions{})
	if err != nil {
		return fmt.Errorf("JSON patch: %w", err)
	}
	return want(got.Data["a"] == "1" && got.Data["b"] == "3", "both patches hold: %v", got.Data)
}

// concurrentUpdates counts up one object from several clients: a lost update shows in the sum.
func concurrentUpdates(ctx context.Context, k *kube) error {
	const clients, updates = 4, 25
	if _, err := k.maps().Create(ctx, configMap("counter", "0"), meta.CreateOptions{}); err != nil {
		return err
	}
	countUp := func() error {
		got, err := k.maps().Get(ctx, "counter", meta.GetOptions{})
		if err != nil {
			return err
		}
		value, err := strconv.Atoi(got.Data["value"])
		if err != nil {
			return err
		}
		got.Data["value"] = strconv.Itoa(value + 1)
		_, err = k.maps().Update(ctx, got, meta.UpdateOptions{})
		return err
	}
	err := parallel(clients, func(int) error {
		for range updates {
			again := func(err error) bool { return apierrors.IsConflict(err) && ctx.Err() == nil }
			if err := retry.OnError(conflictBackoff, again, countUp); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	got, err := k.maps().Get(ctx, "counter", meta.GetOptions{})
	if err != nil {
		return err
	}
	return want(got.Data["value"] == strconv.Itoa(clients*updates), "the counter is at %d: %s", clients*updates, got.Data["value"])
}

// listOwnWrites lists consistently: kube-apiserver asks the store how far it is and waits until its cache is there.
func listOwnWrites(ctx context.Context, k *kube) error {
	for i := range 50 {
		name := fmt.Sprintf("own-%02d", i)
		if _, err := k.maps().Create(ctx, configMap(name, ""), meta.CreateOptions{}); err != nil {
			return err
		}
		all, err := k.maps().List(ctx, meta.ListOptions{})
		if err != nil {
			return err
		}
		seen := 0
		for _, one := range all.Items {
			if strings.HasPrefix(one.Name, "own-") {
				seen++
			}
		}
		if seen != i+1 {
			return fmt.Errorf("a list after %d creates has %d of them", i+1, seen)
		}
	}
	return nil
}

func event(ctx context.Context, k *kube) error {
	events := k.CoreV1().Events(k.namespace)
	made, err := events.Create(ctx, &core.Event{
		ObjectMeta:     meta.ObjectMeta{Name: "event", Namespace: k.namespace},
		InvolvedObject: core.ObjectReference{Kind: "ConfigMap", Name: "twice", Namespace: k.namespace},
		Reason:         "Checked", Message: "an object with a lease", Type: core.EventTypeNormal,
	}, meta.CreateOptions{})
	if err != nil {
		return err
	}
	listed, err := events.List(ctx, meta.ListOptions{})
	if err != nil {
		return err
	}
	if len(listed.Items) != 1 {
		return fmt.Errorf("%d events are listed, not 1", len(listed.Items))
	}
	if *eventTTL == 0 {
		return nil
	}
	w, err := events.Watch(ctx, meta.ListOptions{ResourceVersion: made.ResourceVersion})
	if err != nil {
		return err
	}
	defer w.Stop()
	return expect(ctx, w.ResultChan(), change{"DELETED", "event"})
}

// parallel runs all at once and gives the errors of all.
func parallel(count int, run func(i int) error) error {
	errs := make([]error, count)
	var all sync.WaitGroup
	for i := range count {
		all.Go(func() { errs[i] = run(i) })
	}
	all.Wait()
	return errors.Join(errs...)
}
