package main

import (
	"context"
	"fmt"

	extensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
)

var widgets = schema.GroupVersionResource{Group: "kubecheck.rowan.dev", Version: "v1", Resource: "widgets"}

// customResource defines a kind, for which kube-apiserver opens a store client of its own, and uses it.
func customResource(ctx context.Context, k *kube) error {
	definitions := k.extensions.ApiextensionsV1().CustomResourceDefinitions()
	definition, err := definitions.Create(ctx, widgetDefinition(), meta.CreateOptions{})
	if err != nil {
		return err
	}
	client := k.dynamic.Resource(widgets).Namespace(k.namespace)
	widget := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": widgets.GroupVersion().String(), "kind": "Widget",
		"metadata": map[string]any{"name": "first"}, "spec": map[string]any{"size": int64(3)},
	}}
	err = eventually(ctx, patience, "the new kind is not served", func() error {
		_, err := client.Create(ctx, widget, meta.CreateOptions{})
		return err
	})
	if err != nil {
		return err
	}
	listed, err := client.List(ctx, meta.ListOptions{})
	if err != nil {
		return err
	}
	if len(listed.Items) != 1 || listed.Items[0].GetName() != "first" {
		return fmt.Errorf("the list has %v", listed.Items)
	}
	w, err := client.Watch(ctx, meta.ListOptions{ResourceVersion: listed.GetResourceVersion()})
	if err != nil {
		return err
	}
	defer w.Stop()
	if err := client.Delete(ctx, "first", meta.DeleteOptions{}); err != nil {
		return err
	}
	if err := expect(ctx, w.ResultChan(), change{watch.Deleted, "first"}); err != nil {
		return err
	}
	return definitions.Delete(ctx, definition.Name, meta.DeleteOptions{})
}

func widgetDefinition() *extensions.CustomResourceDefinition {
	keep := true
	return &extensions.CustomResourceDefinition{
		ObjectMeta: meta.ObjectMeta{Name: widgets.Resource + "." + widgets.Group},
		Spec: extensions.CustomResourceDefinitionSpec{
			Group: widgets.Group, Scope: extensions.NamespaceScoped,
			Names: extensions.CustomResourceDefinitionNames{Plural: widgets.Resource, Singular: "widget", Kind: "Widget", ListKind: "WidgetList"},
			Versions: []extensions.CustomResourceDefinitionVersion{{
				Name: widgets.Version, Served: true, Storage: true,
				Schema: &extensions.CustomResourceValidation{OpenAPIV3Schema: &extensions.JSONSchemaProps{
					Type: "object", XPreserveUnknownFields: &keep,
				}},
			}},
		},
	}
}
