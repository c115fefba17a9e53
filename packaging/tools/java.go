package main

import (
	"os"
	"strings"
)

const home = "/opt/rowan"

// command is how the server is started, as the distribution's bin/rowan starts it.
//
// more are flags of the JVM's, separated by spaces; cluster is ETCD_INITIAL_CLUSTER.
func command(more, cluster string, terminal bool, args []string) []string {
	// A quorum's member has classes of its own; a cache with both would take memory of either.
	kind := "alone"
	if cluster != "" || strings.Contains(" "+strings.Join(args, " "), " --initial-cluster") {
		kind = "quorum"
	}
	command := []string{home + "/runtime/bin/java"}
	if cache := home + "/lib/" + kind + ".aot"; exists(cache) {
		command = append(command, "-XX:AOTCache="+cache)
	}
	command = append(command, "@"+home+"/lib/jvm.options")
	command = append(command, strings.Fields(more)...)
	word := "false"
	if terminal {
		word = "true"
	}
	command = append(command,
		"-Dorg.sqlite.lib.path="+home+"/lib/native",
		"-Djava.library.path="+home+"/lib/native",
		"-Drowan.terminal="+word,
		"-cp", home+"/lib/rowan.jar", "dev.rowan.Main")
	return append(command, args...)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
