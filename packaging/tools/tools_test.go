package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAnInitContainersCommandCopiesAndClosesFiles(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(from, "data"), []byte("key"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("data", filepath.Join(from, "server.key")); err != nil {
		t.Fatal(err)
	}

	err := shell([]string{"-c", "cp " + from + "/*.* " + to + " && chmod -R 600 " + to + "/*.*"})

	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(to, "server.key")
	info, err := os.Lstat(copied)
	if err != nil || info.Mode() != 0o600 {
		t.Fatal(info, err)
	}
	if content, err := os.ReadFile(copied); err != nil || string(content) != "key" {
		t.Fatal(string(content), err)
	}
}

func TestOptionsStandBeforeTheScript(t *testing.T) {
	o, args, err := parse([]string{"-eu", "-c", "echo", "name", "a", "b"})
	if err != nil || !slices.Equal(o.set, []string{"-eu"}) || !slices.Equal(args, []string{"a", "b"}) {
		t.Fatal(o, args, err)
	}
	if script, err := io.ReadAll(o.script); err != nil || string(script) != "echo" {
		t.Fatal(string(script), err)
	}
	if _, _, err := parse([]string{"-c"}); err == nil {
		t.Fatal("no command was taken for one")
	}
}

func TestAFailureIsTheShells(t *testing.T) {
	if err := shell([]string{"-ec", "false; true"}); err == nil || err.Error() != "exit status 1" {
		t.Fatal(err)
	}
}

func TestTheServerIsStartedWithItsOwnFlagsLast(t *testing.T) {
	got := strings.Join(command("-Xmx1g -Xlog", "", true, []string{"--name", "a"}), " ")
	want := "/opt/rowan/runtime/bin/java @/opt/rowan/lib/jvm.options -Xmx1g -Xlog" +
		" -Dorg.sqlite.lib.path=/opt/rowan/lib/native -Djava.library.path=/opt/rowan/lib/native" +
		" -Drowan.terminal=true -cp /opt/rowan/lib/rowan.jar dev.rowan.Main --name a"
	if got != want {
		t.Fatal(got)
	}
}

func TestFlagsMayShareADash(t *testing.T) {
	for line, want := range map[string]string{
		"rm -rf a":         "rm -r -f a",
		"rm -- -rf":        "rm -- -rf",
		"chmod -R 600 a":   "chmod --recursive 600 a",
		"cp --force a-b c": "cp --force a-b c",
		"find . -name a":   "find . -name a",
	} {
		if got := strings.Join(translate(strings.Fields(line)), " "); got != want {
			t.Error(line, "became", got)
		}
	}
}
