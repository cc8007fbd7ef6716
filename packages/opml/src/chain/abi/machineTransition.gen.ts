// biome-ignore-all format: generated, one entry a line
// Generated from contracts/src by "npm run gen:abi". Do not edit.

/** ABI of `MachineTransition`. */
export const machineTransitionAbi = [
  {"type":"function","name":"initialStateHash","inputs":[{"name":"_model","type":"tuple","components":[{"name":"imageRoot","type":"bytes32"},{"name":"codeRoot","type":"bytes32"},{"name":"entry","type":"uint32"},{"name":"codeEnd","type":"uint32"},{"name":"inputAddress","type":"uint32"},{"name":"inputHeight","type":"uint8"},{"name":"outputAddress","type":"uint32"},{"name":"outputHeight","type":"uint8"},{"name":"coarseHeight","type":"uint8"},{"name":"fineHeight","type":"uint8"}]},{"name":"_inputRoot","type":"bytes32"},{"name":"_slotSiblings","type":"bytes32[]"}],"outputs":[{"name":"stateHash_","type":"bytes32"}],"stateMutability":"pure"},
  {"type":"function","name":"resultOf","inputs":[{"name":"_model","type":"tuple","components":[{"name":"imageRoot","type":"bytes32"},{"name":"codeRoot","type":"bytes32"},{"name":"entry","type":"uint32"},{"name":"codeEnd","type":"uint32"},{"name":"inputAddress","type":"uint32"},{"name":"inputHeight","type":"uint8"},{"name":"outputAddress","type":"uint32"},{"name":"outputHeight","type":"uint8"},{"name":"coarseHeight","type":"uint8"},{"name":"fineHeight","type":"uint8"}]},{"name":"_finalStateProof","type":"bytes"}],"outputs":[{"name":"stateHash_","type":"bytes32"},{"name":"result_","type":"bytes32"}],"stateMutability":"pure"},
  {"type":"function","name":"slotRoot","inputs":[{"name":"_content","type":"bytes"},{"name":"_height","type":"uint8"}],"outputs":[{"name":"root_","type":"bytes32"}],"stateMutability":"pure"},
  {"type":"function","name":"step","inputs":[{"name":"_codeRoot","type":"bytes32"},{"name":"_codeEnd","type":"uint32"},{"name":"_prestateHash","type":"bytes32"},{"name":"_witness","type":"bytes"}],"outputs":[{"name":"poststateHash_","type":"bytes32"}],"stateMutability":"pure"},
  {"type":"error","name":"PositionOutOfRange","inputs":[{"name":"position","type":"uint256"},{"name":"height","type":"uint256"}]},
  {"type":"error","name":"PrestateMismatch","inputs":[{"name":"expected","type":"bytes32"},{"name":"actual","type":"bytes32"}]},
  {"type":"error","name":"ProofLengthMismatch","inputs":[{"name":"expected","type":"uint256"},{"name":"actual","type":"uint256"}]},
  {"type":"error","name":"RootMismatch","inputs":[{"name":"expected","type":"bytes32"},{"name":"actual","type":"bytes32"}]},
  {"type":"error","name":"SlotHeightInvalid","inputs":[{"name":"height","type":"uint256"}]},
  {"type":"error","name":"SlotOverflow","inputs":[{"name":"numBytes","type":"uint256"},{"name":"capacityBytes","type":"uint256"}]},
  {"type":"error","name":"WitnessLengthMismatch","inputs":[{"name":"expectedBytes","type":"uint256"},{"name":"actualBytes","type":"uint256"}]},
] as const
