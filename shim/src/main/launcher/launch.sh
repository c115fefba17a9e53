# shellcheck shell=sh
# How a JVM runs Rowan, for ./rowan and for the bin/rowan of a distribution. To be sourced; sets kind
# from the arguments of the script that does.

# A quorum's member has classes of its own; a cache with both would take memory of either.
kind=alone
case " $* ${ETCD_INITIAL_CLUSTER:+--initial-cluster} " in *" --initial-cluster"*) kind=quorum ;; esac

# launch JAVA OPTIONS JAR NATIVE SQLITE CACHE [argument...]: becomes the server.
# OPTIONS: the file of the JVM's flags. NATIVE, SQLITE: folders of Netty's and SQLite's libraries,
# unpacked at the build: else every start unpacks them to the temporary directory.
launch() {
  java=$1 options=$2 jar=$3 native=$4 sqlite=$5 cache=$6
  shift 6
  terminal=false
  if [ -t 2 ]; then terminal=true; fi
  MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-2}
  export MALLOC_ARENA_MAX
  set -- -Drowan.terminal=$terminal -cp "$jar" dev.rowan.Main "$@"
  if [ -d "$sqlite" ]; then
    set -- -Dorg.sqlite.lib.path="$sqlite" -Djava.library.path="$native" "$@"
  fi
  if [ -e "$cache" ]; then set -- -XX:AOTCache="$cache" "$@"; fi
  # shellcheck disable=SC2086
  exec "$java" "@$options" ${ROWAN_JAVA_OPTS:-} "$@"
}
