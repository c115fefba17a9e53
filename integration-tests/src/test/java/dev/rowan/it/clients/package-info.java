/** Real clients against the packaged server: etcdctl, etcd's Go client, kube-apiserver. */
@NullMarked
package dev.rowan.it.clients;

import org.jspecify.annotations.NullMarked;
