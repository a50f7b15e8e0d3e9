package house

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestReleaseFiles: what .goreleaser.yaml names is there. Only a release shows otherwise, and
// building goreleaser takes longer than all tests.
func TestReleaseFiles(t *testing.T) {
	var c struct {
		Before struct{ Hooks []string }
		Builds []struct {
			Main         string
			Env          []string
			GOOS, GOARCH []string
			Flags        []string
			Ldflags      []string
		}
		Archives  []struct{ Files []yaml.Node }
		NFPMs     []struct{ Contents []struct{ Src string } }
		DockersV2 []struct {
			Dockerfile string
			Platforms  []string
		} `yaml:"dockers_v2"`
		Casks []struct {
			Repository struct {
				PullRequest struct{ Enabled bool } `yaml:"pull_request"`
			}
			Hooks struct{ Post struct{ Install string } }
		} `yaml:"homebrew_casks"`
		Release struct{ Draft bool }
	}
	src, err := os.ReadFile(filepath.Join(root, ".goreleaser.yaml"))
	if err == nil {
		err = yaml.Unmarshal(src, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Builds) != 1 || len(c.Archives) != 1 || len(c.NFPMs) != 1 || len(c.DockersV2) != 1 || len(c.Before.Hooks) != 1 {
		t.Fatalf("it has %d builds, %d archives, %d packages, %d images, %d hooks", len(c.Builds), len(c.Archives), len(c.NFPMs), len(c.DockersV2), len(c.Before.Hooks))
	}
	b := c.Builds[0]
	if !slices.Equal(b.GOOS, []string{"linux", "darwin", "windows"}) || !slices.Equal(b.GOARCH, []string{"amd64", "arm64"}) {
		t.Errorf("it builds for %v and %v", b.GOOS, b.GOARCH)
	}
	if !slices.Contains(b.Env, "CGO_ENABLED=0") || !slices.Contains(b.Flags, "-trimpath") {
		t.Errorf("its builds have cgo or paths of the machine: %v, %v", b.Env, b.Flags)
	}
	version, err := os.ReadFile(filepath.Join(root, b.Main, "version.go"))
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`(?m)^var (.*) string$`).FindSubmatch(version)
	for _, m := range regexp.MustCompile(`-X main\.(\w+)=`).FindAllStringSubmatch(strings.Join(b.Ldflags, " "), -1) {
		if names == nil || !slices.Contains(strings.Split(string(names[1]), ", "), m[1]) {
			t.Errorf("version.go has no variable %s, which the linker sets", m[1])
		}
	}
	for _, cask := range c.Casks {
		if c.Release.Draft && !cask.Repository.PullRequest.Enabled {
			t.Error("the cask is there before its release is published")
		}
		if !strings.Contains(cask.Hooks.Post.Install, "com.apple.quarantine") {
			t.Error("macOS would refuse to run what the cask installs")
		}
	}
	workflow, err := os.ReadFile(filepath.Join(root, ".github/workflows/release.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(c.DockersV2[0].Platforms, "linux/arm64") && !strings.Contains(string(workflow), "qemu-user-static") {
		t.Error("the workflow can't run the steps of the Dockerfile for linux/arm64")
	}
	paths := []string{c.Before.Hooks[0], c.DockersV2[0].Dockerfile}
	for _, n := range c.Archives[0].Files {
		if n.Kind == yaml.ScalarNode {
			paths = append(paths, n.Value)
		}
	}
	for _, f := range c.NFPMs[0].Contents {
		if !strings.HasPrefix(f.Src, "dist-files/completions/pdac.") {
			paths = append(paths, f.Src)
		}
	}
	for _, p := range paths {
		if info, err := os.Stat(filepath.Join(root, p)); err != nil || info.IsDir() {
			t.Errorf("it names %s: %v", p, err)
		}
	}
}
