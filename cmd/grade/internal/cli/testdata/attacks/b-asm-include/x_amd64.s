#include "/tmp/canary/secret"
