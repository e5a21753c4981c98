package pool

import "testing"

func TestPool(t *testing.T) {
	var p Pool
	p.Put(nil)
	if v := p.Get(); v != nil {
		t.Errorf("an empty pool without New gave %v", v)
	}
	p.New = func() any { return "new" }
	p.Put("old")
	if v := p.Get(); v != "old" {
		t.Errorf("got %v, want what was put", v)
	}
	if v := p.Get(); v != "new" {
		t.Errorf("got %v, want a new one", v)
	}
}

func TestNext(t *testing.T) {
	p := Pool{New: func() any { return "new" }}
	p.Put("old")
	Next()
	if v := p.Get(); v != "new" {
		t.Errorf("got %v, which is of an earlier schedule", v)
	}
}
