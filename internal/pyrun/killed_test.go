package pyrun_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/pyrun"
)

// endless makes this program run the rule in the variable of that name.
const endless = "PDAC_TEST_ENDLESS"

func runEndless() {
	p, err := find()
	if err != nil {
		panic(err)
	}
	pool, err := pyrun.NewPool(p, pyrun.Setup{}, pyrun.Options{Folder: os.Getenv("PDAC_TEST_FOLDER"), Getenv: os.Getenv, Workers: 1, TestTime: time.Hour})
	if err != nil {
		panic(err)
	}
	err = pool.Run(context.Background(), []pyrun.Request{rule(os.Getenv(endless), "{}")}, func(int, pyrun.Answer) bool { return true })
	fmt.Println("it ended", err)
	os.Exit(1)
}

// busy returns a process that a process has started and that has worked for half a second.
func busy(t *testing.T, parent int) string {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		f := strings.Fields(rest)
		if len(f) < 12 || f[1] != fmt.Sprint(parent) {
			continue
		}
		if ticks, err := strconv.Atoi(f[11]); err == nil && ticks >= 50 {
			return filepath.Dir(path)
		}
	}
	return ""
}

// TestWorkersEndWithPdac: if pdac is killed while a test runs, so is the test, even one that
// never comes back to Python's own code.
func TestWorkersEndWithPdac(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("processes are looked for in /proc")
	}
	python(t)
	for name, body := range map[string]string{
		"a loop":               "def rule(event):\n    while True: pass",
		"a loop within Python": "def rule(event):\n    return sum(range(10**15)) > 0",
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), endless+"="+body, "PDAC_TEST_FOLDER="+shared())
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Starting takes less work than that.
		var worker string
		for tries := 0; worker == "" && tries < 600; tries++ {
			worker = busy(t, cmd.Process.Pid)
			time.Sleep(50 * time.Millisecond)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if worker == "" {
			t.Fatalf("%s: no worker was busy", name)
		}
		gone := false
		for tries := 0; !gone && tries < 200; tries++ {
			_, err := os.Stat(worker + "/exe")
			gone = err != nil
			time.Sleep(50 * time.Millisecond)
		}
		if !gone {
			t.Errorf("%s: the worker lives on", name)
		}
	}
}
