// Generated from packages/opml/src/core/math/coefficients.ts by "npm run gen". Do not edit.
#ifndef OPML_MATH_COEFFICIENTS_H
#define OPML_MATH_COEFFICIENTS_H

#include <stdint.h>

static const float EXP[6] = {0x1p-1f, 0x1.555556p-3f, 0x1.555556p-5f, 0x1.111112p-7f, 0x1.6c16c2p-10f, 0x1.a01a02p-13f};
static const float LOG[9] = {0x1.555554p-2f, -0x1.fffff8p-3f, 0x1.999d44p-3f, -0x1.555c8cp-3f, 0x1.23d54ep-3f, -0x1.fcbfeap-4f, 0x1.de32ecp-4f, -0x1.d778e8p-4f, 0x1.20456cp-4f};
static const float SIN[4] = {-0x1.555556p-3f, 0x1.111198p-7f, -0x1.a08316p-13f, 0x1.877a0cp-19f};
static const float COS[3] = {0x1.555554p-5f, -0x1.6c129cp-10f, 0x1.9bc68p-16f};
static const float ASIN[6] = {0x1.555554p-3f, 0x1.3334c8p-4f, 0x1.6d4032p-5f, 0x1.ff9494p-6f, 0x1.10abf6p-6f, 0x1.1a258cp-5f};
static const float ATAN[10] = {-0x1.555556p-2f, 0x1.9999b8p-3f, -0x1.249002p-3f, 0x1.c69708p-4f, -0x1.6fa246p-4f, 0x1.248d34p-4f, -0x1.9ef2f2p-5f, 0x1.c83f28p-6f, -0x1.44d7e2p-7f, 0x1.b092fap-10f};
static const float SINH[4] = {0x1.555556p-3f, 0x1.1110c4p-7f, 0x1.a036dap-13f, 0x1.720e84p-19f};
static const float TANH[8] = {-0x1.555556p-2f, 0x1.11112cp-3f, -0x1.ba1af6p-5f, 0x1.660068p-6f, -0x1.1eada6p-7f, 0x1.acf0eap-9f, -0x1.faea1ep-11f, 0x1.437b6ep-13f};
static const float ASINH[6] = {-0x1.555556p-3f, 0x1.333368p-4f, -0x1.6db1ccp-5f, 0x1.efa27ap-6f, -0x1.5684dep-6f, 0x1.57a016p-7f};
static const float ATANH[7] = {0x1.555556p-2f, 0x1.9998dap-3f, 0x1.24b13ep-3f, 0x1.c2bd5cp-4f, 0x1.9c49aep-4f, 0x1.f822aep-6f, 0x1.59e448p-3f};
static const float ERF_SMALL[7] = {0x1.06eba8p-3f, -0x1.81274p-2f, 0x1.ce2d52p-4f, -0x1.b7fec4p-6f, 0x1.542fecp-8f, -0x1.a5197ap-11f, 0x1.4c5cb4p-14f};
static const float ERF_LARGE[9] = {0x1.313174p-12f, -0x1.214f8ap0f, -0x1.439734p-1f, -0x1.c2314ap-4f, 0x1.af5b2ep-6f, -0x1.35d7dcp-8f, 0x1.357426p-11f, -0x1.7c05a8p-15f, 0x1.ad813p-20f};
static const float POW_LOG[4] = {0x1.333334p-1f, 0x1.b6da08p-2f, 0x1.558b5ep-2f, 0x1.1c60a6p-2f};

#define LOG2_E 0x1.715476p0f
#define LN2_HIGH 0x1.62e4p-1f
#define LN2_LOW 0x1.7f7d1cp-20f
#define LN2 0x1.62e43p-1f
#define LN2_SHORT_HIGH 0x1.62ep-1f
#define LN2_SHORT_LOW 0x1.0bfbe8p-15f
#define TWO_OVER_PI 0x1.45f306p-1f
#define HALF_PI_1 0x1.921p0f
#define HALF_PI_2 0x1.f6ap-13f
#define HALF_PI_3 0x1.11p-26f
#define HALF_PI_4 0x1.68c234p-39f
#define HALF_PI_HIGH 0x1.921fb4p0f
#define HALF_PI_LOW 0x1.4442d2p-24f
#define LOG2_STEP 0x1.ec709ep-1f
#define LOG2_STEP_HIGH 0x1.ec6p-1f
#define LOG2_STEP_LOW 0x1.09dc3ap-13f
#define HALF_PI_WORD 0xc90fdaa2u
#define SQRT_HALF_BITS 0x3f3504f3u

static const uint32_t TWO_OVER_PI_WORDS[8] = {0x00000000u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu};

#endif
