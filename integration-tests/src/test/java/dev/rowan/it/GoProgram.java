package dev.rowan.it;

/** A program that the Go modules beside this one build. */
public enum GoProgram {
  ETCD("etcd", "go.etcd.io/etcd/server/v3"),
  ETCDCTL("etcdctl", "go.etcd.io/etcd/etcdctl/v3"),
  ETCDUTL("etcdutl", "go.etcd.io/etcd/etcdutl/v3"),
  KUBE_APISERVER("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
  HELM("helm", "helm.sh/helm/v4/cmd/helm", "helm"),
  CLIENTCHECK("clientcheck", "./cmd/clientcheck"),
  SYNCCHECK("synccheck", "./cmd/synccheck"),
  KUBECHECK("kubecheck", "./cmd/kubecheck"),
  LOAD("load", "./cmd/load"),
  /** A module of its own: what Prometheus needs would move a library of kube-apiserver's. */
  RULECHECK("rulecheck", ".", "rulecheck");

  final String file;
  final String goPackage;

  /** The folder of its module, in that of the others'. */
  final String module;

  GoProgram(String file, String goPackage) {
    this(file, goPackage, "");
  }

  GoProgram(String file, String goPackage, String module) {
    this.file = file;
    this.goPackage = goPackage;
    this.module = module;
  }
}
