import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { apart, type FaultSite, faultSites, faultyFile, mathNames } from './faultSites.ts'
import { whyUnseen } from './unseenFaults.ts'

const FILE = 'kernels/ops/test.c'
/** Rule, kernel and the changed line of each fault. */
const changesOf = (text: string, names: readonly string[] = []) =>
  faultSites(FILE, text, names).map(({ rule, kernel, line, faulty }) => {
    const before = text.split('\n')
    return [
      rule,
      kernel,
      line,
      faulty
        .split('\n')
        .find((row) => !before.includes(row))
        ?.trim(),
    ]
  })

describe('faultSites', () => {
  test('default: what a function returns, in its own type', () => {
    expect(changesOf('static inline uint32_t key(float x) { return f32_bits(x) | 1u; }\n')).toEqual([
      [
        'return',
        'key',
        1,
        'static inline uint32_t key(float x) { return ({ uint32_t fault_ = (f32_bits(x) | 1u); *(unsigned char *)&fault_ ^= 1; fault_; }); }',
      ],
    ])
  })

  test('default: decisions and addresses are not values', () => {
    const text = 'static int is_row(int n) { return n == 1; }\nconst float *row(const float *x) {\n  return x;\n}\n'
    expect(changesOf(text)).toEqual([])
  })

  test('default: the function with the change stays the same when others change', () => {
    const [first, second] = ['float f(float x) { return x; }\n', 'float g(float x) { return x; }\n']
    const functionsOf = (text: string) => faultSites(FILE, text).map(({ faultyFunction }) => faultyFunction)
    expect(functionsOf(first + second)).toEqual([...functionsOf(first), ...functionsOf(second)])
    expect(functionsOf(first)[0]).toBe(
      'float f(float x) { return ({ float fault_ = (x); *(unsigned char *)&fault_ ^= 1; fault_; }); }',
    )
  })

  test('default: pairs of vectors are values, other structures describe', () => {
    const text = `INLINE struct pair sum(struct pair a) { return a; }
static struct window window_of(int n) { return (struct window){n}; }
INLINE void f(float *y) {
  return;
}
`
    expect(changesOf(text)).toEqual([
      [
        'return',
        'sum',
        1,
        'INLINE struct pair sum(struct pair a) { return ({ struct pair fault_ = (a); *(unsigned char *)&fault_ ^= 1; fault_; }); }',
      ],
    ])
  })

  test('default: stores, alone and under a condition', () => {
    const text = `void f(float *y, struct row *row, int n) {
  float sum = 0, lane[4] = {0};
  for (int i = 0; i < n; i++) y[i] = sum;
  if (n == 2) row->key |= 4;
  else *y -= lane[1];
  n = 3;
}
`
    expect(changesOf(text)).toEqual([
      [
        'store',
        'f',
        3,
        'for (int i = 0; i < n; i++) { __typeof__(y[i]) *fault_ = &(y[i]); *fault_ = sum; *(unsigned char *)fault_ ^= 1; }',
      ],
      [
        'store',
        'f',
        4,
        'if (n == 2) { __typeof__(row->key) *fault_ = &(row->key); *fault_ |= 4; *(unsigned char *)fault_ ^= 1; }',
      ],
      ['store', 'f', 5, 'else { __typeof__(*y) *fault_ = &(*y); *fault_ -= lane[1]; *(unsigned char *)fault_ ^= 1; }'],
    ])
  })

  test('default: vectors, whose address may hold commas', () => {
    expect(changesOf('void f(float *y) {\n  wasm_v128_store(at(y, 4), add(a, b));\n}\n')).toEqual([
      [
        'store',
        'f',
        2,
        '{ void *fault_ = (void *)(at(y, 4)); wasm_v128_store(fault_,  add(a, b)); *(unsigned char *)fault_ ^= 1; }',
      ],
    ])
  })

  test('default: rows of a table of operations', () => {
    const text = `static void f(int id) {
  switch (id) {
    case ADD: EACH(y[e].f = f32_add(a[e].f, b[e].f));
    case MUL: BINARY(wasm_f32x4_mul(x, z));
    case EXP: exp32_array(y, x, n); return 1;
  }
}
`
    expect(changesOf(text)).toEqual([
      ['row', 'f', 3, 'case ADD: EACH(y[e].f = f32_add(a[e].f, b[e].f); y[e].u ^= 1);'],
      ['row', 'f', 4, 'case MUL: BINARY(wasm_v128_xor(wasm_f32x4_mul(x, z), wasm_i32x4_splat(1)));'],
      ['row', 'f', 5, 'case EXP: exp32_array(y, x, n); *(unsigned char *)y ^= 1; return 1;'],
    ])
  })

  test('default: the result of an operator and of a fast path', () => {
    const block = 'void pad_block(struct block *block, uint8_t out[BLOCK_BYTES]) { g(block, out); }\n'
    expect(
      faultSites(FILE, block)[0]?.faulty,
    ).toBe(`static void right_(struct block *block, uint8_t out[BLOCK_BYTES]) { g(block, out); }
void pad_block(struct block *block, uint8_t out[BLOCK_BYTES]) { right_(block, out); out[0] ^= 1; }
`)
    const path = `static void run_pad(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  g(command);
}
`
    expect(faultSites(FILE, path)[0]?.faulty).toContain(
      'static void run_pad(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) { right_(command, first, last, scratch); if (first == 0 && last > 0) *(unsigned char *)command->out ^= 1; }',
    )
  })

  test('default: a fast path whose parts have other names', () => {
    const path =
      'static void run_pad(const struct command *command, uint32_t from, uint32_t to, struct scratch *scratch) {\n}\n'
    expect(faultSites(FILE, path)[0]?.faulty).toContain(
      'right_(command, from, to, scratch); if (from == 0 && to > 0) *(unsigned char *)command->out ^= 1;',
    )
  })

  test('default: several faults in one file, of which one happens', () => {
    const text = 'float f(float *y) {\n  y[0] = 2;\n  return y[0];\n}\n'
    const sites = faultSites(FILE, text)
    expect(apart(sites)).toEqual([sites])
    expect(faultyFile(text, sites)).toBe(`extern unsigned fault_number_;
#line 1
float f(float *y) {
  { __typeof__(y[0]) *fault_ = &(y[0]); *fault_ = 2; *(unsigned char *)fault_ ^= (fault_number_ == 1); }
  return ({ float fault_ = (y[0]); *(unsigned char *)&fault_ ^= (fault_number_ == 2); fault_; });
}
`)
  })

  test('edge: changes that overlap are not built together', () => {
    const text = 'void pad_block(struct block *block, uint8_t out[BLOCK_BYTES]) {\n  out[1] = 2;\n}\n'
    const [whole, store] = faultSites(FILE, text)
    expect(apart([whole, store] as FaultSite[])).toEqual([[whole], [store]])
  })

  test('default: each elementary function by its own', () => {
    const sites = faultSites('kernels/math/a.c', '#include "x.h"\nOPML_MATH_UNARY(DEFINE)\n', ['exp', 'log'])
    expect(sites.map(({ kernel }) => kernel)).toEqual(['exp32', 'log32'])
    expect(sites[0]?.faulty).toContain('f32_from_bits(f32_bits(exp_lanes(x)) ^ 1u)')
    expect(sites[0]?.faulty).toContain('#define exp_lanes faulty_\nOPML_MATH_UNARY(DEFINE)\n#undef exp_lanes')
  })

  test('default: what is set up, not computed, is left out', () => {
    expect(
      changesOf('void f(void) {\n  command->num_parts = 3;\n  strip->from = 1;\n  block->count = 2;\n}\n'),
    ).toEqual([])
  })
})

describe('the kernels of this repository', () => {
  const names = mathNames(readFileSync('kernels/include/opml_math.h', 'utf8'))
  const sourcesOf = (folder: string) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.c'))
      .map((name) => ({ file: `${folder}/${name}`, text: readFileSync(`${folder}/${name}`, 'utf8') }))
  const results = (folder: string) =>
    sourcesOf(folder).flatMap(({ file, text }) =>
      faultSites(file, text, names).flatMap(({ rule, kernel }) => (rule === 'result' ? [kernel] : [])),
    )

  test('default: a fault for each operator that the dispatcher names', () => {
    const named = [...readFileSync('kernels/ops/program_block.c', 'utf8').matchAll(/: (\w+_block)\(&block, out\)/g)]
    expect(named.length).toBe(22)
    expect(results('kernels/ops').sort()).toEqual(named.map((match) => match[1] as string).sort())
  })

  test('default: a fault for each kernel that the engine chooses', () => {
    const chosen = sourcesOf('kernels/engine').flatMap(({ text }) => [
      ...new Set(
        [...text.matchAll(/(?:command->kernel = |set_rows\(command, length, )(run_\w+)/g)].map((match) => match[1]),
      ),
    ])
    expect(results('kernels/engine').sort()).toEqual(chosen.sort())
  })

  test('default: a fault for each elementary function, scalar and SIMD', () => {
    expect(names.length).toBe(18)
    expect(results('kernels/math').sort()).toEqual([...names, ...names].map((name) => `${name}32`).sort())
  })

  test('default: every file of kernels has faults, or one reason why it has none', () => {
    const without = ['ops', 'engine', 'keccak']
      .flatMap((folder) => sourcesOf(`kernels/${folder}`))
      .filter(({ file, text }) => faultSites(file, text, names).every((site) => whyUnseen(site) !== undefined))
      .map(({ file }) => file)
    // The dispatcher, and how threads meet, hold no values.
    expect(without).toEqual(['kernels/ops/program_block.c', 'kernels/engine/run.c'])
  })
})
