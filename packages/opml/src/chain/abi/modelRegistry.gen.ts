// biome-ignore-all format: generated, one entry a line
// Generated from contracts/src by "npm run gen:abi". Do not edit.

/** ABI of `ModelRegistry`. */
export const modelRegistryAbi = [
  {"type":"function","name":"isRegistered","inputs":[{"name":"_modelId","type":"bytes32"}],"outputs":[{"name":"registered_","type":"bool"}],"stateMutability":"view"},
  {"type":"function","name":"model","inputs":[{"name":"_modelId","type":"bytes32"}],"outputs":[{"name":"parameters_","type":"tuple","components":[{"name":"imageRoot","type":"bytes32"},{"name":"codeRoot","type":"bytes32"},{"name":"entry","type":"uint32"},{"name":"codeEnd","type":"uint32"},{"name":"inputAddress","type":"uint32"},{"name":"inputHeight","type":"uint8"},{"name":"outputAddress","type":"uint32"},{"name":"outputHeight","type":"uint8"},{"name":"coarseHeight","type":"uint8"},{"name":"fineHeight","type":"uint8"}]}],"stateMutability":"view"},
  {"type":"function","name":"register","inputs":[{"name":"_model","type":"tuple","components":[{"name":"imageRoot","type":"bytes32"},{"name":"codeRoot","type":"bytes32"},{"name":"entry","type":"uint32"},{"name":"codeEnd","type":"uint32"},{"name":"inputAddress","type":"uint32"},{"name":"inputHeight","type":"uint8"},{"name":"outputAddress","type":"uint32"},{"name":"outputHeight","type":"uint8"},{"name":"coarseHeight","type":"uint8"},{"name":"fineHeight","type":"uint8"}]},{"name":"_codeSiblings","type":"bytes32[]"},{"name":"_inputSlotSiblings","type":"bytes32[]"}],"outputs":[{"name":"modelId_","type":"bytes32"}],"stateMutability":"nonpayable"},
  {"type":"event","name":"ModelRegistered","inputs":[{"name":"modelId","type":"bytes32","indexed":true},{"name":"sender","type":"address","indexed":true},{"name":"model","type":"tuple","indexed":false,"components":[{"name":"imageRoot","type":"bytes32"},{"name":"codeRoot","type":"bytes32"},{"name":"entry","type":"uint32"},{"name":"codeEnd","type":"uint32"},{"name":"inputAddress","type":"uint32"},{"name":"inputHeight","type":"uint8"},{"name":"outputAddress","type":"uint32"},{"name":"outputHeight","type":"uint8"},{"name":"coarseHeight","type":"uint8"},{"name":"fineHeight","type":"uint8"}]}]},
  {"type":"error","name":"CodeEndInvalid","inputs":[{"name":"codeEnd","type":"uint32"}]},
  {"type":"error","name":"EntryInvalid","inputs":[{"name":"entry","type":"uint32"},{"name":"codeEnd","type":"uint32"}]},
  {"type":"error","name":"PositionOutOfRange","inputs":[{"name":"position","type":"uint256"},{"name":"height","type":"uint256"}]},
  {"type":"error","name":"ProofLengthMismatch","inputs":[{"name":"expected","type":"uint256"},{"name":"actual","type":"uint256"}]},
  {"type":"error","name":"RootMismatch","inputs":[{"name":"expected","type":"bytes32"},{"name":"actual","type":"bytes32"}]},
  {"type":"error","name":"SlotInvalid","inputs":[{"name":"slotAddress","type":"uint32"},{"name":"height","type":"uint8"}]},
  {"type":"error","name":"SlotsOverlap","inputs":[{"name":"inputAddress","type":"uint32"},{"name":"inputHeight","type":"uint8"},{"name":"outputAddress","type":"uint32"},{"name":"outputHeight","type":"uint8"}]},
  {"type":"error","name":"TraceHeightInvalid","inputs":[{"name":"name","type":"bytes32"},{"name":"height","type":"uint8"},{"name":"maximum","type":"uint8"}]},
  {"type":"error","name":"UnknownModel","inputs":[{"name":"modelId","type":"bytes32"}]},
] as const
