// The elementary functions natively.
//
// numericsCheck apply FUNCTION N: reads N words a and N words b, writes the results of kernels/math/apply.h.
// numericsCheck ulp NAME STEP: the greatest error in ulp against MPFR over every STEP-th bit pattern and all special values, and where it is; pow:
// STEP random pairs of each kind. Exit code 1 where a special value has the wrong bits.
#include <inttypes.h>
#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../kernels/math/apply.h"

enum { PRECISION = 100 };

static mpfr_t argument, exponent, exact, spare, unit;

static void mpfr_sigmoid(mpfr_t y, mpfr_t x) {
  mpfr_neg(y, x, MPFR_RNDN);
  mpfr_exp(y, y, MPFR_RNDN);
  mpfr_add_ui(y, y, 1, MPFR_RNDN);
  mpfr_ui_div(y, 1, y, MPFR_RNDN);
}

static void mpfr_softplus(mpfr_t y, mpfr_t x) {
  mpfr_abs(y, x, MPFR_RNDN);
  mpfr_neg(y, y, MPFR_RNDN);
  mpfr_exp(y, y, MPFR_RNDN);
  mpfr_log1p(y, y, MPFR_RNDN);
  if (mpfr_sgn(x) > 0) mpfr_add(y, y, x, MPFR_RNDN);
}

#define EXACT(name) \
  static void exact_##name(mpfr_t y, mpfr_t x) { mpfr_##name(y, x, MPFR_RNDN); }
EXACT(acos) EXACT(acosh) EXACT(asin) EXACT(asinh) EXACT(atan) EXACT(atanh) EXACT(cos) EXACT(cosh) EXACT(erf) EXACT(exp)
EXACT(log) EXACT(log1p) EXACT(sin) EXACT(sinh) EXACT(tan) EXACT(tanh)
static void exact_sigmoid(mpfr_t y, mpfr_t x) { mpfr_sigmoid(y, x); }
static void exact_softplus(mpfr_t y, mpfr_t x) { mpfr_softplus(y, x); }

#define ROW(name) {#name, name##32, exact_##name},
static const struct function {
  const char *name;
  float (*own)(float);
  void (*exact)(mpfr_t, mpfr_t);
} FUNCTIONS[] = {OPML_MATH_UNARY(ROW)};

static struct {
  double ulp;
  uint32_t a, b;
  uint64_t numChecked, numWrong;
} worst;

static void report_wrong(uint32_t a, uint32_t b, float own) {
  if (worst.numWrong++ < 10) mpfr_printf("wrong: %08" PRIx32 " %08" PRIx32 " gives %08" PRIx32 ", exact %.12Rg\n", a, b, f32_bits(own), exact);
}

// Holds `own` against the MPFR number `exact`.
static void compare(uint32_t a, uint32_t b, float own) {
  worst.numChecked++;
  int isNegative = (f32_bits(own) & F32_SIGN_BIT) != 0;
  if (mpfr_nan_p(exact)) {
    if (f32_bits(own) != F32_NAN_BITS) report_wrong(a, b, own);
    return;
  }
  if (f32_is_nan(own) || isNegative != (mpfr_signbit(exact) != 0)) return report_wrong(a, b, own);
  if (mpfr_zero_p(exact) || mpfr_inf_p(exact)) {
    // An infinity or zero of MPFR may be an overflow of its own exponents: the f32 must be the same.
    if (mpfr_zero_p(exact) ? !f32_is_zero(own) : f32_bits(own) << 1 != F32_INFINITY_BITS << 1) report_wrong(a, b, own);
    return;
  }
  mpfr_exp_t e = mpfr_get_exp(exact) - 24;
  mpfr_set_ui_2exp(unit, 1, e < -149 ? -149 : e, MPFR_RNDN);
  if (!f32_is_finite(own)) mpfr_set_si_2exp(spare, isNegative ? -1 : 1, 128, MPFR_RNDN); // what an infinity stands for
  else mpfr_set_flt(spare, own, MPFR_RNDN);
  if (!f32_is_finite(own) && mpfr_cmpabs(exact, spare) >= 0) return;
  mpfr_sub(spare, spare, exact, MPFR_RNDN);
  mpfr_div(spare, spare, unit, MPFR_RNDN);
  double ulp = mpfr_get_d(spare, MPFR_RNDA);
  if (ulp < 0) ulp = -ulp;
  if (ulp <= worst.ulp) return;
  worst.ulp = ulp;
  worst.a = a;
  worst.b = b;
}

static const struct function *chosen;

static void check_unary(uint32_t a) {
  float x = f32_from_bits(a);
  mpfr_set_flt(argument, x, MPFR_RNDN);
  chosen->exact(exact, argument);
  compare(a, 0, chosen->own(x));
}

static void check_pow(uint32_t a, uint32_t b) {
  float x = f32_from_bits(a), y = f32_from_bits(b);
  mpfr_set_flt(argument, x, MPFR_RNDN);
  mpfr_set_flt(exponent, y, MPFR_RNDN);
  mpfr_pow(exact, argument, exponent, MPFR_RNDN); // special cases as in C, Annex F
  compare(a, b, pow32(x, y));
}

// Zeros, subnormals, ends of the normals, whole numbers, halves, one and its neighbours, multiples of pi / 4, where functions saturate, infinities, NaN.
static const uint32_t SPECIALS[] = {
    0x00000000, 0x00000001, 0x00000002, 0x007fffff, 0x00800000, 0x00800001, 0x0d800000, 0x32ffffff, 0x33000000, 0x33000001, 0x337fffff, 0x33800000,
    0x3effffff, 0x3f000000, 0x3f000001, 0x3f317218, 0x3f3504f3, 0x3f3504f4, 0x3f490fdb, 0x3f7ffffe, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x3fb504f3,
    0x3fc00000, 0x3fc90fda, 0x3fc90fdb, 0x40000000, 0x40200000, 0x40400000, 0x40490fdb, 0x407fffff, 0x40800000, 0x40a00000, 0x411fffff, 0x41200000,
    0x42ae8e1e, 0x42b0c0a5, 0x42b17217, 0x42b17218, 0x42b2d4fc, 0x42b2d4fd, 0x42b20000, 0x42b20001, 0x42b40000, 0x42cff1b4, 0x42cff1b5, 0x42d00000,
    0x42d00001, 0x43000000, 0x43010000, 0x43170000, 0x45400000, 0x45400001, 0x457fffff, 0x45800000, 0x4afffffe, 0x4affffff, 0x4b000000, 0x4b000001,
    0x4b7fffff, 0x4b800000, 0x4f000000, 0x4f000001, 0x5f800000, 0x7e967699, 0x7f000000, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fc00000, 0x7fffffff,
};
enum { NUM_SPECIALS = sizeof SPECIALS / sizeof SPECIALS[0] };

static uint32_t special(uint32_t i) { return SPECIALS[i >> 1] | (i & 1u) << 31; }

static uint32_t next_word(void) { // xorshift64
  static uint64_t state = 0x9e3779b97f4a7c15u;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)(state >> 32);
}

static double unit_random(void) { return next_word() * 0x1p-32; }

// A pair whose power has a random exponent, so that results of every size are met.
static void check_random_pow(int isNearOne) {
  float x = isNearOne ? (float)(1 + (unit_random() - 0.5) * (double)(1u << next_word() % 20) * 0x1p-20) : f32_from_bits(next_word() % 0x7f800000u);
  mpfr_set_flt(argument, x, MPFR_RNDN);
  mpfr_log2(argument, argument, MPFR_RNDN);
  mpfr_d_div(argument, unit_random() * 300 - 150, argument, MPFR_RNDN);
  check_pow(f32_bits(x), f32_bits(mpfr_get_flt(argument, MPFR_RNDN)));
}

static void sweep_pow(uint32_t count) {
  for (uint32_t i = 0; i < 2 * NUM_SPECIALS; i++)
    for (uint32_t j = 0; j < 2 * NUM_SPECIALS; j++) check_pow(special(i), special(j));
  for (uint32_t i = 0; i < 512; i++) // a grid over both signs and all exponents
    for (uint32_t j = 0; j < 512; j++) check_pow(i << 23 | 0x2aaaaau, j << 23 | 0x155555u);
  for (uint32_t i = 0; i < count; i++) {
    check_random_pow(0);
    check_random_pow(1);
    check_pow(next_word(), next_word());
    check_pow(next_word(), f32_bits((float)(int32_t)(next_word() % 65 - 32)));
    check_pow(next_word() & 0x7fffffffu, f32_bits((float)(int32_t)(next_word() % 129 - 64) / 8));
  }
}

static int sweep(const char *name, uint32_t step) {
  for (uint32_t i = 0; i < sizeof FUNCTIONS / sizeof FUNCTIONS[0]; i++)
    if (strcmp(name, FUNCTIONS[i].name) == 0) chosen = &FUNCTIONS[i];
  if ((chosen == 0 && strcmp(name, "pow") != 0) || step == 0) return 2;
  mpfr_inits2(PRECISION, argument, exponent, exact, spare, unit, (mpfr_ptr)0);
  if (chosen == 0) sweep_pow(step);
  else {
    for (uint64_t a = 0; a < (uint64_t)1 << 32; a += step) check_unary((uint32_t)a);
    for (uint32_t i = 0; i < 2 * NUM_SPECIALS; i++) check_unary(special(i));
  }
  printf("%s %.4f ulp at %08" PRIx32 " %08" PRIx32 ", %" PRIu64 " checked, %" PRIu64 " wrong\n", name, worst.ulp, worst.a, worst.b, worst.numChecked, worst.numWrong);
  return worst.numWrong != 0;
}

static int apply_words(uint32_t function, uint32_t n) {
  uint32_t *words = malloc(12 * (size_t)n);
  if (words == 0 || function >= NUM_APPLY || fread(words, 4, 2 * (size_t)n, stdin) != 2 * (size_t)n) return 2;
  uint32_t count = apply(function, words + 2 * (size_t)n, words, words + n, n);
  return fwrite(words + 2 * (size_t)n, 4, count, stdout) == count ? 0 : 2;
}

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "ulp") == 0) return sweep(argv[2], (uint32_t)strtoul(argv[3], 0, 10));
  if (argc == 4 && strcmp(argv[1], "apply") == 0) return apply_words((uint32_t)strtoul(argv[2], 0, 10), (uint32_t)strtoul(argv[3], 0, 10));
  return 2;
}
