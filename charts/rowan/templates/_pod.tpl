{{/* Rowan's flags. */}}
{{- define "rowan.args" -}}
- --name=$(POD_NAME)
- --listen-client-urls={{ include "rowan.clientScheme" . }}://{{ .Values.listenAddress }}:2379
- {{ printf "--advertise-client-urls=%s" (include "rowan.advertiseClientUrls" .) | quote }}
- --listen-metrics-urls=http://{{ .Values.listenAddress }}:2381
{{- if ne .Values.tls.client.source "none" }}
- --cert-file=/etc/rowan/tls/client/tls.crt
- --key-file=/etc/rowan/tls/client/tls.key
{{- if .Values.tls.client.clientCertAuth }}
- --client-cert-auth
- --trusted-ca-file=/etc/rowan/tls/client-ca/ca.crt
{{- end }}
{{- end }}
{{- if eq .Values.mode "quorum" }}
- --data-dir=/var/lib/rowan/data
- --initial-cluster={{ include "rowan.initialCluster" . }}
- --initial-cluster-state={{ .Values.quorum.initialClusterState }}
- {{ printf "--initial-cluster-token=%s" (default (printf "%s-%s" .Release.Namespace (include "rowan.fullname" .)) .Values.quorum.initialClusterToken) | quote }}
- --listen-peer-urls={{ include "rowan.peerScheme" . }}://{{ .Values.listenAddress }}:2380
- --initial-advertise-peer-urls={{ include "rowan.peerScheme" . }}://$(POD_NAME).{{ include "rowan.headless" . }}.{{ include "rowan.domain" . }}:2380
{{- if eq .Values.tls.peer.source "auto" }}
- --peer-auto-tls
{{- else if include "rowan.peerCertificates" . }}
- --peer-cert-file=/etc/rowan/tls/peer/tls.crt
- --peer-key-file=/etc/rowan/tls/peer/tls.key
- --peer-client-cert-auth
- --peer-trusted-ca-file=/etc/rowan/tls/peer/ca.crt
{{- with .Values.tls.peer.allowedCommonName }}
- {{ printf "--peer-cert-allowed-cn=%s" . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- range .Values.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end }}

{{/* A probe, of a page and with numbers, which are a list. */}}
{{- define "rowan.probe" -}}
httpGet:
  path: {{ index . 0 }}
  port: metrics
{{ toYaml (index . 1) }}
{{- end }}

{{/* The pod, the same for a Deployment and a StatefulSet but for the data. */}}
{{- define "rowan.pod" -}}
metadata:
  # Without the chart's version: a new one alone restarts nothing.
  labels:
    {{- include "rowan.selector" . | nindent 4 }}
    {{- with .Values.commonLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    kubectl.kubernetes.io/default-container: rowan
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "rowan.serviceAccount" . }}
  automountServiceAccountToken: false
  # Else a Service that is called etcd would set variables that Rowan reads as flags.
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: rowan
      image: {{ include "rowan.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      command:
        {{- toYaml .Values.command | nindent 8 }}
      args:
        {{- include "rowan.args" . | nindent 8 }}
      env:
        - name: POD_NAME
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
        - name: POD_IP
          valueFrom:
            fieldRef:
              fieldPath: status.podIP
        {{- if eq .Values.mode "database" }}
        - name: ROWAN_ENDPOINT
          valueFrom:
            secretKeyRef:
              name: {{ .Values.database.secretName | quote }}
              key: {{ .Values.database.secretKey | quote }}
        {{- end }}
        {{- with .Values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      ports:
        - name: client
          containerPort: 2379
        {{- if eq .Values.mode "quorum" }}
        - name: peer
          containerPort: 2380
        {{- end }}
        - name: metrics
          containerPort: 2381
      startupProbe:
        {{- include "rowan.probe" (list "/livez" .Values.probes.startup) | nindent 8 }}
      livenessProbe:
        {{- include "rowan.probe" (list "/livez" .Values.probes.liveness) | nindent 8 }}
      readinessProbe:
        {{- include "rowan.probe" (list "/readyz" .Values.probes.readiness) | nindent 8 }}
      securityContext:
        {{- toYaml .Values.securityContext | nindent 8 }}
      {{- with .Values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      volumeMounts:
        - name: tmp
          mountPath: /tmp
        {{- if eq .Values.mode "quorum" }}
        - name: data
          mountPath: /var/lib/rowan
        {{- end }}
        {{- if ne .Values.tls.client.source "none" }}
        - name: client-tls
          mountPath: /etc/rowan/tls/client
          readOnly: true
        {{- end }}
        {{- if .Values.tls.client.clientCertAuth }}
        - name: client-ca
          mountPath: /etc/rowan/tls/client-ca
          readOnly: true
        {{- end }}
        {{- if include "rowan.peerCertificates" . }}
        - name: peer-tls
          mountPath: /etc/rowan/tls/peer
          readOnly: true
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: tmp
      {{- if .Values.tmp.sizeLimit }}
      emptyDir:
        sizeLimit: {{ .Values.tmp.sizeLimit }}
      {{- else }}
      emptyDir: {}
      {{- end }}
    {{- if ne .Values.tls.client.source "none" }}
    - name: client-tls
      secret:
        secretName: {{ include "rowan.clientSecret" . | quote }}
        # For the user and the group of the pod alone.
        defaultMode: 0440
    {{- end }}
    {{- if .Values.tls.client.clientCertAuth }}
    - name: client-ca
      secret:
        secretName: {{ default (include "rowan.clientSecret" .) .Values.tls.client.caSecretName | quote }}
        items:
          - key: ca.crt
            path: ca.crt
        defaultMode: 0440
    {{- end }}
    {{- if include "rowan.peerCertificates" . }}
    - name: peer-tls
      secret:
        secretName: {{ include "rowan.peerSecret" . | quote }}
        defaultMode: 0440
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- range . }}
    - {{- toYaml . | nindent 6 }}
      {{- if not (hasKey . "labelSelector") }}
      labelSelector:
        matchLabels:
          {{- include "rowan.selector" $ | nindent 10 }}
      {{- end }}
    {{- end }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
{{- end }}
