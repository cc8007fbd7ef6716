import { readNpyTensor } from 'opml/importers'
import { describe, expect, test } from 'vitest'
import { NpzError, NpzFile } from './npz.ts'

/** Archives that NumPy 1.24 wrote: x = [0, 1, 2] as f32, y = [1] as i64. */
const NUMPY = {
  savez:
    'UEsDBC0AAAAAAAAAIQC2jIZT//////////8FABQAeC5ucHkBABAAjAAAAAAAAACMAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmNCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgzLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAAgD8AAABAUEsDBC0AAAAAAAAAIQA+mhRe//////////8FABQAeS5ucHkBABAAiAAAAAAAAACIAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxpOCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgxLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAQAAAAAAAABQSwECLQMtAAAAAAAAACEAtoyGU4wAAACMAAAABQAAAAAAAAAAAAAAgAEAAAAAeC5ucHlQSwECLQMtAAAAAAAAACEAPpoUXogAAACIAAAABQAAAAAAAAAAAAAAgAHDAAAAeS5ucHlQSwUGAAAAAAIAAgBmAAAAggEAAAAA',
  savez_compressed:
    'UEsDBC0AAAAIAAAAIQC2jIZT//////////8FABQAeC5ucHkBABAAjAAAAAAAAABLAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6mjoKtQoUAC4GMGiwBxIOAFBLAwQtAAAACAAAACEAPpoUXv//////////BQAUAHkubnB5AQAQAIgAAAAAAAAASAAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mhrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RqGOpo6CrUKFAAuRgYIAABQSwECLQMtAAAACAAAACEAtoyGU0sAAACMAAAABQAAAAAAAAAAAAAAgAEAAAAAeC5ucHlQSwECLQMtAAAACAAAACEAPpoUXkgAAACIAAAABQAAAAAAAAAAAAAAgAGCAAAAeS5ucHlQSwUGAAAAAAIAAgBmAAAAAQEAAAAA',
}

const file = (name: keyof typeof NUMPY): Uint8Array => new Uint8Array(Buffer.from(NUMPY[name], 'base64'))

/** Where the directory of an archive begins. */
const directoryOf = (bytes: Uint8Array): number => Buffer.from(bytes).readUInt32LE(bytes.length - 6)

function patched(name: keyof typeof NUMPY, patch: (bytes: Buffer, directory: number) => void): NpzFile {
  const bytes = Buffer.from(file(name))
  patch(bytes, directoryOf(bytes))
  return new NpzFile(bytes)
}

describe('NpzFile', () => {
  test.each(['savez', 'savez_compressed'] as const)('default: %s', (name) => {
    const archive = new NpzFile(file(name))
    expect(archive.keys).toEqual(['x', 'y'])
    const x = readNpyTensor(archive.npy('x'), 'f32')
    expect(new Float32Array(Uint8Array.from(x.bytes).buffer)).toEqual(Float32Array.of(0, 1, 2))
    expect(readNpyTensor(archive.npy('y'), 'i64').bytes).toEqual(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0))
  })

  test('edge: a comment at the end', () => {
    const bytes = Buffer.concat([file('savez'), Buffer.from('hi')])
    bytes.writeUInt16LE(2, bytes.length - 4)
    expect(new NpzFile(bytes).keys).toEqual(['x', 'y'])
  })

  test('error: cut anywhere, the archive or an array is refused', () => {
    const bytes = file('savez_compressed')
    for (let length = 0; length < bytes.length; length++)
      expect(() => new NpzFile(bytes.subarray(0, length))).toThrow(NpzError)
  })

  test('error: any byte of the packed data changed is found by its check sum', () => {
    const bytes = file('savez_compressed')
    const start = 30 + 5 + 20
    for (let at = start; at < start + 0x4b; at++) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] as number) ^ 0x10
      expect(() => new NpzFile(changed).npy('x'), `byte ${at}`).toThrow(NpzError)
    }
  })

  test('error: an array that is not there', () => {
    expect(() => new NpzFile(file('savez')).npy('z')).toThrow('there is no "z" in it; it has x, y')
  })

  test('error: data that unpacks to more than the directory says', () => {
    const archive = patched('savez_compressed', (bytes, at) => bytes.writeUInt32LE(100, at + 24))
    expect(() => archive.npy('x')).toThrow('cannot be unpacked to 100 bytes')
  })

  test('error: hostile directories', () => {
    expect(() => patched('savez', (bytes, at) => bytes.writeUInt32LE(0, at))).toThrow('its directory is damaged')
    expect(() => patched('savez', (bytes) => bytes.writeUInt16LE(9, bytes.length - 12))).toThrow(
      'its directory is damaged',
    )
    expect(() => patched('savez', (bytes) => bytes.writeUInt32LE(0xfffffff0, bytes.length - 6))).toThrow(
      'its directory is damaged',
    )
    expect(() => patched('savez', (bytes, at) => bytes.writeUInt16LE(0xffff, at + 28))).toThrow(
      'its directory is damaged',
    )
    expect(() => patched('savez', (bytes, at) => bytes.writeUInt16LE(1, at + 8))).toThrow('is encrypted')
    expect(() => patched('savez', (bytes, at) => bytes.writeUInt32LE(0xfffffffe, at + 24))).toThrow('4294967294 bytes')
    expect(() => patched('savez', (bytes, at) => bytes.writeUInt32LE(0xffffffff, at + 24))).toThrow(
      'the sizes of "x.npy" are missing',
    )
    const twice = (bytes: Buffer) => bytes.write('x', bytes.lastIndexOf('y.npy'))
    expect(() => patched('savez', twice)).toThrow('"x" is in it twice')
  })

  test('error: an array that is not where the directory says', () => {
    for (const offset of [1, 400, 0x7fffffff]) {
      const archive = patched('savez', (bytes, at) => bytes.writeUInt32LE(offset, at + 42))
      expect(() => archive.npy('x')).toThrow('is not where the directory says')
    }
    const cut = patched('savez', (bytes, at) => bytes.writeUInt32LE(0x7fffffff, at + 20))
    expect(() => cut.npy('x')).toThrow('is cut off')
    const method = patched('savez', (bytes, at) => bytes.writeUInt16LE(99, at + 10))
    expect(() => method.npy('x')).toThrow('packed by method 99')
  })
})
