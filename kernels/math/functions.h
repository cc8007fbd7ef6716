// All elementary functions, in the primitives of scalar.h or simd.h. Spec/01 section 8.
#ifndef OPML_MATH_FUNCTIONS_H
#define OPML_MATH_FUNCTIONS_H

#include "exp_log.h"
#include "hyperbolic.h"
#include "pow.h"
#include "trigonometric.h"

#endif
