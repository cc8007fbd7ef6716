#include "opml_math.h"
#include "scalar.h"
#include "functions.h"

#define DEFINE(name) \
  float name##32(float x) { return name##_lanes(x); }
OPML_MATH_UNARY(DEFINE)

float pow32(float x, float y) { return pow_lanes(x, y); }
