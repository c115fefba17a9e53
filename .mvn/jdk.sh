# shellcheck shell=sh
# Sets JAVA_HOME to the first JDK that is new enough, for ./rowan and ./mvnw. To be sourced.

rowan_java_min=25

# Is $1 the home of a JDK, with a compiler, that is new enough?
is_new_jdk() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  jdk_version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
  [ "${jdk_version:-0}" -ge "$rowan_java_min" ]
}

# The home of the java on the PATH, or nothing.
path_java_home() {
  path_java=$(command -v java) || return 0
  path_java=$(readlink -f "$path_java" 2>/dev/null) || return 0
  dirname "$(dirname "$path_java")"
}

find_jdk() {
  for jdk in "${JAVA_HOME:-}" "$(path_java_home)" /usr/lib/jvm/* \
    "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/*; do
    if [ -n "$jdk" ] && is_new_jdk "$jdk"; then
      JAVA_HOME=$jdk
      export JAVA_HOME
      return
    fi
  done
  echo "${0##*/}: needs a JDK $rowan_java_min or newer; set JAVA_HOME to one (https://adoptium.net has them)" >&2
  exit 1
}

find_jdk
