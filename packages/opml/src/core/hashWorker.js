// Entry of a hashing worker, plain JavaScript so that it runs from the sources and from the build alike, in Node's worker threads and
// in browsers. It answers each request of hashPool.ts in order; the messages are described there.

const HEAP_START = 65536
const HASH_BYTES = 32
const WASM_PAGE_BYTES = 65536

/** Node gives a worker its port through a module, browsers through the global scope. */
const port =
  globalThis.process === undefined ? globalThis : globalThis.process.getBuiltinModule('node:worker_threads').parentPort

/** @type {{ memory: WebAssembly.Memory, subtree_root: Function } | undefined} */
let kernel

/** The root of `chunk`, padded with zeros to 2^height blocks of 128 bytes. */
function chunkRoot(chunk, height) {
  const end = HEAP_START + 128 * 2 ** height
  const missing = Math.ceil((end - kernel.memory.buffer.byteLength) / WASM_PAGE_BYTES)
  if (missing > 0) kernel.memory.grow(missing)
  const memory = new Uint8Array(kernel.memory.buffer)
  memory.set(chunk, HEAP_START)
  memory.fill(0, HEAP_START + chunk.length, end)
  kernel.subtree_root(HEAP_START, height, HEAP_START, HEAP_START)
  return memory.slice(HEAP_START, HEAP_START + HASH_BYTES)
}

function answer({ id, module, bytes, chunkHeight }) {
  kernel ??= new WebAssembly.Instance(module).exports
  const chunkBytes = 128 * 2 ** chunkHeight
  const roots = new Uint8Array(Math.ceil(bytes.length / chunkBytes) * HASH_BYTES)
  for (let i = 0; i * chunkBytes < bytes.length; i++) {
    roots.set(chunkRoot(bytes.subarray(i * chunkBytes, (i + 1) * chunkBytes), chunkHeight), i * HASH_BYTES)
  }
  port.postMessage({ id, roots }, [roots.buffer])
}

if (port === globalThis) globalThis.onmessage = (event) => answer(event.data)
else port.on('message', answer)
