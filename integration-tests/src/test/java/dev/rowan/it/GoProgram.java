package dev.rowan.it;

/** A program that the Go module beside this one builds. */
public enum GoProgram {
  ETCD("etcd", "go.etcd.io/etcd/server/v3"),
  ETCDCTL("etcdctl", "go.etcd.io/etcd/etcdctl/v3"),
  ETCDUTL("etcdutl", "go.etcd.io/etcd/etcdutl/v3"),
  KUBE_APISERVER("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
  CLIENTCHECK("clientcheck", "./cmd/clientcheck"),
  SYNCCHECK("synccheck", "./cmd/synccheck"),
  KUBECHECK("kubecheck", "./cmd/kubecheck"),
  LOAD("load", "./cmd/load");

  final String file;
  final String goPackage;

  GoProgram(String file, String goPackage) {
    this.file = file;
    this.goPackage = goPackage;
  }
}
