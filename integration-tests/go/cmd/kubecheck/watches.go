package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// change is what a watch tells.
type change struct {
	kind watch.EventType
	name string
}

// watchOrder makes changes one after the other and wants each told once, in that order.
func watchOrder(ctx context.Context, k *kube) error {
	start, err := k.maps().List(ctx, meta.ListOptions{})
	if err != nil {
		return err
	}
	w, err := k.maps().Watch(ctx, meta.ListOptions{ResourceVersion: start.ResourceVersion})
	if err != nil {
		return err
	}
	defer w.Stop()
	var told []change
	for i := range 100 {
		name := fmt.Sprintf("watched-%03d", i)
		made, err := k.maps().Create(ctx, configMap(name, "1"), meta.CreateOptions{})
		if err != nil {
			return err
		}
		made.Data["value"] = "2"
		if _, err = k.maps().Update(ctx, made, meta.UpdateOptions{}); err != nil {
			return err
		}
		if err = k.maps().Delete(ctx, name, meta.DeleteOptions{}); err != nil {
			return err
		}
		told = append(told, change{watch.Added, name}, change{watch.Modified, name}, change{watch.Deleted, name})
	}
	if err := expect(ctx, w.ResultChan(), told...); err != nil {
		return err
	}
	return k.expectNoMore(ctx, w.ResultChan())
}

// expectNoMore makes one more object: it must be the next that the watch tells.
func (k *kube) expectNoMore(ctx context.Context, events <-chan watch.Event) error {
	if _, err := k.maps().Create(ctx, configMap("watched-end", ""), meta.CreateOptions{}); err != nil {
		return err
	}
	return expect(ctx, events, change{watch.Added, "watched-end"})
}

// expect wants exactly these changes next, with growing resource versions; bookmarks do not count.
func expect(ctx context.Context, events <-chan watch.Event, changes ...change) error {
	version := int64(0)
	for i := 0; i < len(changes); {
		e, err := next(ctx, events)
		if err != nil {
			return fmt.Errorf("after %d of %d changes: %w", i, len(changes), err)
		}
		if e.Type == watch.Bookmark {
			continue
		}
		object, ok := e.Object.(meta.Object)
		if !ok {
			return fmt.Errorf("after %d of %d changes: %s %v", i, len(changes), e.Type, e.Object)
		}
		if got := (change{e.Type, object.GetName()}); got != changes[i] {
			return fmt.Errorf("change %d is %v, not %v", i, got, changes[i])
		}
		newer, err := strconv.ParseInt(object.GetResourceVersion(), 10, 64)
		if err != nil || newer <= version {
			return fmt.Errorf("change %d has resource version %q after %d", i, object.GetResourceVersion(), version)
		}
		version = newer
		i++
	}
	return nil
}

func next(ctx context.Context, events <-chan watch.Event) (watch.Event, error) {
	select {
	case e, open := <-events:
		if !open {
			return e, errors.New("the watch has ended")
		}
		return e, nil
	case <-time.After(patience + *eventTTL):
		return watch.Event{}, errors.New("nothing more came in time")
	case <-ctx.Done():
		return watch.Event{}, ctx.Err()
	}
}
