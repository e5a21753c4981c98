package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// The parts of Kubernetes' objects that docs/deploy/kubernetes uses, and no
// others: a misspelt field is not decoded.
type (
	kubeMeta struct {
		Name, Namespace string
		Labels          map[string]string
	}
	kubeJob struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Metadata   kubeMeta
		Spec       struct {
			CompletionMode       string `yaml:"completionMode"`
			Completions          int
			Parallelism          int
			BackoffLimit         int    `yaml:"backoffLimit"`
			BackoffLimitPerIndex *int   `yaml:"backoffLimitPerIndex"`
			MaxFailedIndexes     int    `yaml:"maxFailedIndexes"`
			PodReplacementPolicy string `yaml:"podReplacementPolicy"`
			TTL                  int    `yaml:"ttlSecondsAfterFinished"`
			PodFailurePolicy     struct {
				Rules []kubeRule
			} `yaml:"podFailurePolicy"`
			Template struct {
				Metadata kubeMeta
				Spec     kubePod
			}
		}
	}
	kubeRule struct {
		Action          string
		OnPodConditions []struct{ Type, Status string } `yaml:"onPodConditions"`
		OnExitCodes     *struct {
			ContainerName string `yaml:"containerName"`
			Operator      string
			Values        []int
		} `yaml:"onExitCodes"`
	}
	kubePod struct {
		RestartPolicy      string `yaml:"restartPolicy"`
		Token              *bool  `yaml:"automountServiceAccountToken"`
		EnableServiceLinks *bool  `yaml:"enableServiceLinks"`
		Grace              int    `yaml:"terminationGracePeriodSeconds"`
		SecurityContext    struct {
			RunAsNonRoot   bool                  `yaml:"runAsNonRoot"`
			RunAsUser      int                   `yaml:"runAsUser"`
			RunAsGroup     int                   `yaml:"runAsGroup"`
			FSGroup        int                   `yaml:"fsGroup"`
			SeccompProfile struct{ Type string } `yaml:"seccompProfile"`
		} `yaml:"securityContext"`
		InitContainers []kubeContainer `yaml:"initContainers"`
		Containers     []kubeContainer
		Volumes        []struct {
			Name  string
			Claim *struct {
				ClaimName string `yaml:"claimName"`
				ReadOnly  bool   `yaml:"readOnly"`
			} `yaml:"persistentVolumeClaim"`
			EmptyDir *struct {
				SizeLimit string `yaml:"sizeLimit"`
			} `yaml:"emptyDir"`
		}
	}
	kubeContainer struct {
		Name, Image   string
		Command, Args []string
		Env           []struct {
			Name, Value string
			ValueFrom   *struct {
				FieldRef struct {
					FieldPath string `yaml:"fieldPath"`
				} `yaml:"fieldRef"`
			} `yaml:"valueFrom"`
		}
		Resources       struct{ Requests, Limits map[string]string }
		SecurityContext struct {
			Escalation   *bool `yaml:"allowPrivilegeEscalation"`
			ReadOnlyRoot bool  `yaml:"readOnlyRootFilesystem"`
			Capabilities struct{ Drop []string }
		} `yaml:"securityContext"`
		VolumeMounts []struct {
			Name      string
			MountPath string `yaml:"mountPath"`
			ReadOnly  bool   `yaml:"readOnly"`
		} `yaml:"volumeMounts"`
	}
)

func manifest(t *testing.T, name string) (j kubeJob) {
	t.Helper()
	readYAML(t, checkout(t, "docs", "deploy", "kubernetes", name), &j)
	require.Equal(t, []string{"batch/v1", "Job", "weft"}, []string{j.APIVersion, j.Kind, j.Metadata.Namespace})
	return j
}

// parse checks arguments against the command's own flags, as running it would,
// and returns the name of the command and what is no flag.
func parse(t *testing.T, args []string) (name string, rest []string, flag func(string) string) {
	t.Helper()
	cmd, tail, err := root(streams{}).Find(args)
	require.NoError(t, err)
	require.NoError(t, cmd.ParseFlags(tail), args)
	rest = cmd.Flags().Args()
	require.NoError(t, cmd.ValidateArgs(rest), args)
	return cmd.Name(), rest, func(f string) string { return cmd.Flags().Lookup(f).Value.String() }
}

// TestKubernetesExitCodes: what a student did is never tried again, what the
// machine did is, and what is wrong for all ends all.
func TestKubernetesExitCodes(t *testing.T) {
	j := manifest(t, "grade.yaml")
	assert.Equal(t, "Indexed", j.Spec.CompletionMode)
	require.NotNil(t, j.Spec.BackoffLimitPerIndex)
	assert.Positive(t, *j.Spec.BackoffLimitPerIndex)
	assert.Equal(t, j.Spec.Completions, j.Spec.MaxFailedIndexes, "one part does not stop the others")
	assert.Equal(t, "Failed", j.Spec.PodReplacementPolicy, "two pods in one folder would end each other")
	action := map[int]string{}
	for i, r := range j.Spec.PodFailurePolicy.Rules {
		if r.OnExitCodes == nil {
			assert.Zero(t, i, "a pod that was evicted has an exit code too")
			assert.Equal(t, "Ignore", r.Action)
			assert.Equal(t, "DisruptionTarget", r.OnPodConditions[0].Type)
			continue
		}
		assert.Equal(t, "In", r.OnExitCodes.Operator)
		assert.Equal(t, j.Spec.Template.Spec.Containers[0].Name, r.OnExitCodes.ContainerName)
		for _, code := range r.OnExitCodes.Values {
			assert.Empty(t, action[code], "%d has two rules", code)
			action[code] = r.Action
		}
	}
	assert.Equal(t, map[int]string{ExitFailed: "FailIndex", ExitUsage: "FailJob", ExitNotBuilt: "FailIndex", ExitBroken: "Count"}, action)
}

// TestKubernetesCommands: the arguments are those of grade, each folder that is
// written lies on a volume, and merge names the folder of every index.
func TestKubernetesCommands(t *testing.T) {
	j, m := manifest(t, "grade.yaml"), manifest(t, "merge.yaml")
	main := j.Spec.Template.Spec.Containers[0]
	name, rest, flag := parse(t, main.Args)
	assert.Equal(t, "batch", name)
	assert.Equal(t, []string{"/submissions"}, rest)
	assert.Equal(t, fmt.Sprintf("auto/%d", j.Spec.Completions), flag("shard"))
	assert.Equal(t, flag("jobs"), main.Resources.Limits["cpu"])
	assert.Equal(t, main.Resources.Requests["cpu"], main.Resources.Limits["cpu"], "whole processors")
	assert.Equal(t, "metadata.annotations['batch.kubernetes.io/job-completion-index']", main.Env[0].ValueFrom.FieldRef.FieldPath)
	mounted := map[string]bool{}
	for _, v := range main.VolumeMounts {
		mounted[v.MountPath] = v.ReadOnly
	}
	assert.Equal(t, map[string]bool{"/submissions": true, "/results": false, "/cache": false, "/scratch": false}, mounted)
	assert.Equal(t, []string{"/cache", "/scratch"}, []string{main.Env[1].Value, main.Env[2].Value})

	dockerfile := mustRead1(t, checkout(t, "Dockerfile"))
	copied := j.Spec.Template.Spec.InitContainers[0].Command
	assert.Contains(t, dockerfile, "GOCACHE="+strings.TrimSuffix(copied[2], "/.")+" ", "where the image has its cache")
	assert.Equal(t, "/cache/", copied[3])

	var folders []string
	for i := range j.Spec.Completions {
		folders = append(folders, strings.ReplaceAll(flag("out"), "$("+main.Env[0].Name+")", strconv.Itoa(i)))
	}
	steps := slices.Concat(m.Spec.Template.Spec.InitContainers, m.Spec.Template.Spec.Containers)
	require.Len(t, steps, 3)
	name, rest, flag = parse(t, steps[0].Args)
	assert.Equal(t, "merge", name)
	assert.Equal(t, folders, rest)
	all := flag("out")
	for _, s := range steps[1:] {
		name, rest, flag = parse(t, s.Args)
		assert.Equal(t, "gradebook", name)
		assert.Equal(t, []string{all}, rest)
		assert.Equal(t, strconv.FormatBool(strings.HasSuffix(flag("output"), ".html")), flag("html"))
	}
}

func TestKubernetesConfinement(t *testing.T) {
	for _, file := range []string{"grade.yaml", "merge.yaml"} {
		j := manifest(t, file)
		pod := j.Spec.Template.Spec
		assert.Equal(t, "Never", pod.RestartPolicy, file)
		assert.Equal(t, new(bool), pod.Token, file)
		assert.Equal(t, new(bool), pod.EnableServiceLinks, file)
		assert.True(t, pod.SecurityContext.RunAsNonRoot, file)
		assert.Contains(t, mustRead1(t, checkout(t, "Dockerfile")), fmt.Sprintf("USER %d:%d", pod.SecurityContext.RunAsUser, pod.SecurityContext.RunAsGroup), file)
		assert.Equal(t, "RuntimeDefault", pod.SecurityContext.SeccompProfile.Type, file)
		for _, c := range slices.Concat(pod.InitContainers, pod.Containers) {
			s := c.SecurityContext
			assert.Equal(t, new(bool), s.Escalation, c.Name)
			assert.True(t, s.ReadOnlyRoot, c.Name)
			assert.Equal(t, []string{"ALL"}, s.Capabilities.Drop, c.Name)
			assert.NotEmpty(t, c.Resources.Limits["memory"], c.Name)
			assert.NotRegexp(t, `:latest$|/[^:]*$`, c.Image, "an image has a version")
		}
	}
}

// TestKubernetesBase: no network for any pod of the namespace, and the claims
// that the jobs name.
func TestKubernetesBase(t *testing.T) {
	d := yaml.NewDecoder(bytes.NewReader([]byte(mustRead1(t, checkout(t, "docs", "deploy", "kubernetes", "base.yaml")))))
	d.KnownFields(true)
	claims := map[string]bool{}
	denied := false
	for {
		var o struct {
			APIVersion string `yaml:"apiVersion"`
			Kind       string
			Metadata   kubeMeta
			Spec       struct {
				AccessModes []string `yaml:"accessModes"`
				Resources   struct{ Requests map[string]string }
				PodSelector *map[string]any `yaml:"podSelector"`
				PolicyTypes []string        `yaml:"policyTypes"`
			}
		}
		err := d.Decode(&o)
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		switch o.Kind {
		case "PersistentVolumeClaim":
			claims[o.Metadata.Name] = slices.Contains(o.Spec.AccessModes, "ReadWriteMany")
		case "NetworkPolicy":
			require.NotNil(t, o.Spec.PodSelector)
			denied = len(*o.Spec.PodSelector) == 0 && slices.Equal(o.Spec.PolicyTypes, []string{"Ingress", "Egress"})
		}
	}
	assert.True(t, denied)
	for _, v := range slices.Concat(manifest(t, "grade.yaml").Spec.Template.Spec.Volumes, manifest(t, "merge.yaml").Spec.Template.Spec.Volumes) {
		if v.Claim != nil {
			assert.True(t, claims[v.Claim.ClaimName], v.Claim.ClaimName)
		} else {
			assert.NotEmpty(t, v.EmptyDir.SizeLimit, v.Name)
		}
	}
}

// TestKubernetesJobRuns runs the arguments of both manifests on this machine,
// with two indexes in place of eight and folders in place of volumes.
func TestKubernetesJobRuns(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "submissions")
	handIn(t, in, "alice", "package latch\nfunc {")
	handIn(t, in, "bob", "package latch\nfunc {{")
	require.NoError(t, os.Mkdir(filepath.Join(dir, "results"), 0o755))
	here := func(index string, args []string) []string {
		var list []string
		for _, a := range args {
			if strings.HasPrefix(a, "/results/shard-") && a > "/results/shard-1" {
				continue
			}
			list = append(list, strings.NewReplacer("/submissions", in, "/results", filepath.Join(dir, "results"), "$(INDEX)", index, "auto/8", "auto/2").Replace(a))
		}
		return list
	}
	for _, index := range []string{"0", "1"} {
		t.Setenv("JOB_COMPLETION_INDEX", index)
		r := grade(append(here(index, manifest(t, "grade.yaml").Spec.Template.Spec.Containers[0].Args), "--course", latch(t))...)
		require.Equal(t, ExitPassed, r.code, r.err)
	}
	pod := manifest(t, "merge.yaml").Spec.Template.Spec
	for _, c := range slices.Concat(pod.InitContainers, pod.Containers) {
		r := grade(here("", c.Args)...)
		require.Equal(t, ExitPassed, r.code, r.err)
	}
	book := mustRead1(t, filepath.Join(dir, "results", "grades.csv"))
	assert.Contains(t, book, "\r\nalice,")
	assert.Contains(t, book, "\r\nbob,")
	assert.FileExists(t, filepath.Join(dir, "results", "grades.html"))
}
