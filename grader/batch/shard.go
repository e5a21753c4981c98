package batch

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"
)

// Shard is one of several parts of the work. The zero Shard is all of it.
type Shard struct {
	Index, Count int // Index is 1 … Count
}

const shardHint = "as --shard 2/8, or --shard auto/8 where a Kubernetes Indexed Job or a Slurm array says which part this is"

// ParseShard reads "i/N", i from 1 to N, or "auto/N": the index then is that
// of a Kubernetes Indexed Job or of a task in a Slurm array, from the
// environment that getenv gives.
func ParseShard(text string, getenv func(string) string) (Shard, error) {
	if text == "" {
		return Shard{}, nil
	}
	of, n, ok := strings.Cut(text, "/")
	count, err := strconv.Atoi(n)
	if !ok || err != nil || count < 1 {
		return Shard{}, inputf(shardHint, "--shard %q is not i/N", text)
	}
	index, err := strconv.Atoi(of)
	if of == "auto" {
		index, err = indexFrom(getenv)
	}
	if err != nil {
		return Shard{}, inputf(shardHint, "--shard %q: %v", text, err)
	}
	if index < 1 || index > count {
		return Shard{}, inputf(shardHint, "--shard %q: there is no part %d of %d; the first is 1", text, index, count)
	}
	return Shard{Index: index, Count: count}, nil
}

// indexFrom finds which task this is, counted from 1. Kubernetes counts from
// 0; a Slurm array from where its user said, in steps.
func indexFrom(getenv func(string) string) (int, error) {
	if v := getenv("JOB_COMPLETION_INDEX"); v != "" {
		n, err := strconv.Atoi(v)
		return n + 1, err
	}
	v := getenv("SLURM_ARRAY_TASK_ID")
	if v == "" {
		return 0, inputf(shardHint, "neither JOB_COMPLETION_INDEX nor SLURM_ARRAY_TASK_ID is set")
	}
	id, err := strconv.Atoi(v)
	if err != nil {
		return 0, err
	}
	first, step := 1, 1
	if n, err := strconv.Atoi(getenv("SLURM_ARRAY_TASK_MIN")); err == nil {
		first = n
	}
	if n, err := strconv.Atoi(getenv("SLURM_ARRAY_TASK_STEP")); err == nil && n > 0 {
		step = n
	}
	return (id-first)/step + 1, nil
}

// String returns "i/N", or "" for all of the work.
func (s Shard) String() string {
	if s.Count == 0 {
		return ""
	}
	return strconv.Itoa(s.Index) + "/" + strconv.Itoa(s.Count)
}

// Has reports whether the submission of that id belongs to the shard. It
// depends on nothing else, so that a late submission moves no other one.
func (s Shard) Has(id string) bool {
	if s.Count <= 1 {
		return true
	}
	sum := sha256.Sum256([]byte(id))
	return binary.BigEndian.Uint64(sum[:8])%uint64(s.Count) == uint64(s.Index-1)
}

func (s Shard) pick(entries []entry) []entry {
	var mine []entry
	for _, e := range entries {
		if s.Has(e.id) {
			mine = append(mine, e)
		}
	}
	return mine
}
