package assert

func True(t any, v bool, _ ...any)                {}
func False(t any, v bool, _ ...any)               {}
func Equal(t any, a, b any, _ ...any)             {}
func NoError(t any, err error, _ ...any)          {}
func Error(t any, err error, _ ...any)            {}
func ErrorIs(t any, err, target error, _ ...any)  {}
func NotErrorIs(t any, e, target error, _ ...any) {}
func Zero(t any, v any, _ ...any)                 {}
func LessOrEqual(t any, a, b any, _ ...any)       {}
func GreaterOrEqual(t any, a, b any, _ ...any)    {}
func Panics(t any, f func(), _ ...any)            {}
func NotPanics(t any, f func(), _ ...any)         {}
