import { describe, expect, test } from 'vitest'
import { OpmlError } from '../../core/errors.ts'
import { bytesOf32 } from '../safetensors/readTensor.ts'
import { encodeSafetensors, parseSafetensors } from '../safetensors/safetensors.ts'
import type { MnistF32 } from './mnistF32.ts'
import { encodeMnistF32, readMnistF32, runMnistF32 } from './mnistF32.ts'
import { encodeMnistInt8, encodeMnistInt8StateDict, readMnistInt8, runMnistInt8 } from './mnistInt8.ts'
import type { MnistInt8 } from './mnistInt8.ts'
import { quantizeMnist } from './quantizeMnist.ts'

/** Hidden unit j is pixel j / 255, for the first ten; digit j's logit is 8 times hidden unit j. */
function identityNetwork(): MnistF32 {
  const network = {
    fc1: { weight: new Float32Array(20 * 784), bias: new Float32Array(20) },
    fc2: { weight: new Float32Array(200), bias: new Float32Array(10) },
  }
  for (let j = 0; j < 10; j++) {
    network.fc1.weight[j * 784 + j] = 1
    network.fc2.weight[j * 20 + j] = 8
  }
  return network
}

const onePixel = (at: number, value = 255) => {
  const image = new Uint8Array(784)
  image[at] = value
  return image
}

const codeOf = (call: () => unknown): string => {
  try {
    call()
  } catch (error) {
    if (error instanceof OpmlError) return error.code
    throw error
  }
  return 'accepted'
}

describe('quantizeMnist', () => {
  const network = identityNetwork()
  const quantized = quantizeMnist(network, onePixel(0))

  test('default: a network worked by hand', () => {
    // Row 0: greatest weight 1, so 1 → 127; no bias; zero point's share 128 · 127 = 16256.
    expect([...quantized.fc1.weight.subarray(0, 3)]).toEqual([127, 0, 0])
    expect(quantized.fc1.bias[0]).toBe(16256)
    expect(quantized.zeroPoint).toBe(-128)
    // Hidden scale: greatest activation 1, / 255. Row scale: (1/255 · 1/127) / (1/255) = 1/127 = 0.1111… · 2^-3 → multiplier 2^36 / 127.
    expect([quantized.fc1.shift[0], quantized.fc1.multiplier[0]]).toEqual([37, 1082196484])
    // Empty rows: weight scale 1, so the sums' scale is that of the pixels: ratio 1 = 2^30 / 2^30.
    expect([quantized.fc1.shift[19], quantized.fc1.multiplier[19], quantized.fc1.bias[19]]).toEqual([30, 2 ** 30, 0])
  })

  test('default: the 8-bit answer is the f32 answer in fixed point', () => {
    for (let digit = 0; digit < 10; digit++) {
      const exact = runMnistF32(network, onePixel(digit))
      const rounded = runMnistInt8(quantized, onePixel(digit))
      expect([exact.digit, rounded.digit]).toEqual([digit, digit])
      // Logits 8 and 0: e^8 / (e^8 + 9) = 0.99699; in fixed point 65535 · 32768 / (32768 + 9 · 11) = 65337.6
      expect([Math.round((exact.probabilities[digit] as number) * 1e5), rounded.probabilities[digit]]).toEqual([
        99699, 65338,
      ])
    }
  })

  test('property: the state dict and back', () => {
    expect(readMnistInt8(parseSafetensors(encodeMnistInt8StateDict(quantized)))).toEqual(quantized)
  })

  test('error: no images, half an image, a network that is always 0 or overflows', () => {
    const dead = { ...network, fc1: { ...network.fc1, bias: new Float32Array(20).fill(-10) } }
    const huge = {
      ...network,
      fc1: { ...network.fc1, weight: network.fc1.weight.map((w) => w * 3e38), bias: network.fc1.bias.map(() => 3e38) },
    }
    for (const [net, images] of [
      [network, new Uint8Array()],
      [network, new Uint8Array(785)],
      [dead, new Uint8Array(784)],
      [huge, onePixel(0)],
    ] as const)
      expect(codeOf(() => quantizeMnist(net, images))).toBe('IMPORT_CALIBRATION')
  })
})

describe('readMnistInt8', () => {
  const quantized = quantizeMnist(identityNetwork(), onePixel(0))
  const read = (change: Partial<MnistInt8>) => () =>
    readMnistInt8(parseSafetensors(encodeMnistInt8StateDict({ ...quantized, ...change })))
  const fc1 = (change: Partial<MnistInt8['fc1']>) => ({ fc1: { ...quantized.fc1, ...change } })

  test('error: shift, multiplier, zero point and accumulator out of range', () => {
    expect(codeOf(read({}))).toBe('accepted')
    expect(codeOf(read(fc1({ shift: quantized.fc1.shift.map(() => 63) })))).toBe('IMPORT_QUANTIZED_PARAMETER')
    expect(codeOf(read(fc1({ shift: quantized.fc1.shift.map(() => -1) })))).toBe('IMPORT_QUANTIZED_PARAMETER')
    expect(codeOf(read(fc1({ multiplier: quantized.fc1.multiplier.map(() => -1) })))).toBe('IMPORT_QUANTIZED_PARAMETER')
    expect(codeOf(read({ zeroPoint: 128 }))).toBe('IMPORT_QUANTIZED_PARAMETER')
    expect(codeOf(read(fc1({ bias: quantized.fc1.bias.map(() => -0x80000000) })))).toBe('IMPORT_ACCUMULATOR_RANGE')
    // Row 0 has one weight of 127: 2^31 - 1 - 128 · 127 is the greatest bias that cannot overflow.
    const bias = (value: number) => fc1({ bias: quantized.fc1.bias.map((b, j) => (j === 0 ? value : b)) })
    expect(codeOf(read(bias(0x7fffffff - 128 * 127)))).toBe('accepted')
    expect(codeOf(read(bias(0x7fffffff - 128 * 127 + 1)))).toBe('IMPORT_ACCUMULATOR_RANGE')
  })
})

describe('model regions', () => {
  test('default: f32 header and arrays in order', () => {
    const network = identityNetwork()
    network.fc1.bias[19] = -2
    const region = encodeMnistF32(network)
    const view = new DataView(region.buffer)
    expect(region.length).toBe(64 + 15_910 * 4)
    expect(new TextDecoder().decode(region.subarray(0, 4))).toBe('OPML')
    expect([4, 8, 12, 16, 20].map((at) => view.getUint32(at, true))).toEqual([1, 784, 20, 10, 0])
    expect(view.getFloat32(64, true)).toBe(1)
    expect(view.getFloat32(64 + 4 * (15_680 + 19), true)).toBe(-2)
    expect(view.getFloat32(64 + 4 * 15_700, true)).toBe(8)
  })

  test('default: 8-bit header and arrays in order', () => {
    const region = encodeMnistInt8(quantizeMnist(identityNetwork(), onePixel(0)))
    const view = new DataView(region.buffer)
    expect(region.length).toBe(16_304)
    expect([4, 8, 12, 16].map((at) => view.getUint32(at, true))).toEqual([2, 784, 20, 10])
    expect([view.getInt32(20, true), view.getInt8(64), view.getInt8(64 + 15_680)]).toEqual([-128, 127, 127])
    expect(view.getInt32(64 + 15_880, true)).toBe(16256)
  })
})

describe('readMnistF32', () => {
  test('error: a state dict of another shape, an image of another size', () => {
    const zeros = (name: string, shape: number[]) => {
      const values = new Float32Array(shape.reduce((product, size) => product * size, 1))
      return { name, dtype: 'F32', shape, bytes: bytesOf32(values) } as const
    }
    const file = parseSafetensors(encodeSafetensors([zeros('fc1.weight', [784, 20])]))
    expect(codeOf(() => readMnistF32(file))).toBe('IMPORT_TENSOR_SHAPE')
    expect(codeOf(() => readMnistF32(parseSafetensors(encodeSafetensors([]))))).toBe('IMPORT_MISSING_TENSOR')
    expect(codeOf(() => runMnistF32(identityNetwork(), new Uint8Array(783)))).toBe('IMPORT_IMAGE_SIZE')
    const quantized = quantizeMnist(identityNetwork(), onePixel(0))
    expect(codeOf(() => runMnistInt8(quantized, new Uint8Array(785)))).toBe('IMPORT_IMAGE_SIZE')
  })
})
