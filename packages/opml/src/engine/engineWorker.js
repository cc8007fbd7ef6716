// Entry of a worker of the engine, plain JavaScript so that it runs from the sources and from the build alike, in Node's worker threads
// and in browsers. Between runs it sleeps on the control words of engineWorkers.ts; messages bring programs and take them away.

const GENERATION = 0
const POSTED = 1
const PLAN = 2
const MAX_LOOK_MS = 0.2

/** Node gives a worker its port through a module, browsers through the global scope. */
const port =
  globalThis.process === undefined ? globalThis : globalThis.process.getBuiltinModule('node:worker_threads').parentPort

/** @type {Map<number, { exports: any, plan: number, thread: number, scratch: number }>} */
const plans = new Map()
/** @type {Int32Array} */
let control
let numHandled = 0

function handle(message) {
  numHandled++
  if (message.kind === 'start') control = message.control
  if (message.kind === 'unload') for (const id of message.ids) plans.delete(id)
  if (message.kind === 'load') {
    const { exports } = new WebAssembly.Instance(message.module, { env: { memory: message.memory } })
    exports.__stack_pointer.value = message.stack
    const { thread, scratch, strips } = message
    if (strips !== undefined) {
      exports.__indirect_function_table.grow(strips.count)
      const env = { memory: message.memory, table: exports.__indirect_function_table }
      new WebAssembly.Instance(strips.module, { env })
    }
    for (const { id, plan } of message.plans) plans.set(id, { exports, plan, thread, scratch })
  }
  help()
}

/** Sleeps until there is something to do, but first looks for it a while: to wake a thread takes as long as a small step of a program. */
function rest(generation) {
  for (const end = performance.now() + MAX_LOOK_MS; performance.now() < end; )
    if (Atomics.load(control, GENERATION) !== generation) return
  Atomics.wait(control, GENERATION, generation)
}

/** Helps with runs until a message waits. */
function help() {
  let generation = Atomics.load(control, GENERATION)
  while (Atomics.load(control, POSTED) === numHandled) {
    rest(generation)
    generation = Atomics.load(control, GENERATION)
    const entry = plans.get(Atomics.load(control, PLAN))
    if (entry !== undefined) entry.exports.engine_help(entry.plan, entry.thread, entry.scratch)
  }
}

if (port === globalThis) globalThis.onmessage = (event) => handle(event.data)
else port.on('message', handle)
