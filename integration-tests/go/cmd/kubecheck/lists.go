package main

import (
	"context"
	"errors"
	"fmt"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	pagedObjects = 1200
	pageSize     = 250
	creators     = 8
)

// listInPages reads many objects page by page. What is created or deleted meanwhile does not show: the pages are of
// one revision.
func listInPages(ctx context.Context, k *kube) error {
	if err := k.deleteAll(ctx); err != nil {
		return err
	}
	err := parallel(creators, func(creator int) error {
		for i := creator; i < pagedObjects; i += creators {
			if _, err := k.maps().Create(ctx, configMap(pagedName(i), "paged"), meta.CreateOptions{}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	options := meta.ListOptions{Limit: pageSize}
	var names []string
	for {
		page, err := k.maps().List(ctx, options)
		if err != nil {
			return err
		}
		for _, one := range page.Items {
			names = append(names, one.Name)
		}
		if err := checkRemaining(page, len(names)); err != nil {
			return err
		}
		if options.Continue = page.Continue; options.Continue == "" {
			break
		}
		if err := k.disturb(ctx, len(names)); err != nil {
			return err
		}
	}
	for i, name := range names {
		if name != pagedName(i) {
			return fmt.Errorf("object %d is %s, not %s", i, name, pagedName(i))
		}
	}
	return want(len(names) == pagedObjects, "%d objects: %d", pagedObjects, len(names))
}

func pagedName(i int) string { return fmt.Sprintf("paged-%04d", i) }

func checkRemaining(page *core.ConfigMapList, seen int) error {
	if page.Continue == "" {
		return want(page.RemainingItemCount == nil, "the last page has no remaining count")
	}
	if page.RemainingItemCount == nil {
		return errors.New("a page that is not the last has no remaining count")
	}
	return want(*page.RemainingItemCount == int64(pagedObjects-seen),
		"%d objects remain: %d", pagedObjects-seen, *page.RemainingItemCount)
}

// disturb deletes the next object and creates another behind it.
func (k *kube) disturb(ctx context.Context, next int) error {
	if err := k.maps().Delete(ctx, pagedName(next), meta.DeleteOptions{}); err != nil {
		return err
	}
	_, err := k.maps().Create(ctx, configMap(pagedName(next)+"-later", ""), meta.CreateOptions{})
	return err
}

func deleteCollection(ctx context.Context, k *kube) error {
	if err := k.deleteAll(ctx); err != nil {
		return err
	}
	left, err := k.maps().List(ctx, meta.ListOptions{})
	if err != nil {
		return err
	}
	return want(len(left.Items) == 0, "nothing is left: %d", len(left.Items))
}

func (k *kube) deleteAll(ctx context.Context) error {
	return k.maps().DeleteCollection(ctx, meta.DeleteOptions{}, meta.ListOptions{})
}
