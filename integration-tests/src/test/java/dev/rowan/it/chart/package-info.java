/** The Helm chart: by Helm itself, a kube-apiserver over Rowan, and the packaged server. */
@NullMarked
package dev.rowan.it.chart;

import org.jspecify.annotations.NullMarked;
