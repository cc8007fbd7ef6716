// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {RiscvStep} from "../../src/vm/RiscvStep.sol";

/// @notice The step behind an external call, so that its calldata is real and its reverts can be seen.
contract StepHarness {
    function step(bytes32 _prestateHash, bytes calldata _witness, uint32 _codeEnd, bytes32 _codeRoot)
        external
        pure
        returns (bytes32 poststateHash_)
    {
        poststateHash_ = RiscvStep.step(_prestateHash, _witness, _codeEnd, _codeRoot);
    }
}
