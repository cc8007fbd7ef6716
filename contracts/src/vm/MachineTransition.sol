// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMachineTransition} from "../interfaces/IMachineTransition.sol";
import {MerkleMemory} from "../libraries/MerkleMemory.sol";
import {FAILED, MachineModel} from "../types/Machine.sol";
import {HaltPc} from "./HaltPc.sol";
import {RiscvStep} from "./RiscvStep.sol";
import {MachineState, StateAccess} from "./StateAccess.sol";

/// @title The referee machine behind one address
/// @notice Stateless, so that games of any kind share one deployment and stay small themselves.
contract MachineTransition is IMachineTransition {
    using StateAccess for MachineState;

    uint32 private constant A0 = 10;

    /// @inheritdoc IMachineTransition
    function initialStateHash(MachineModel calldata _model, bytes32 _inputRoot, bytes32[] calldata _slotSiblings)
        external
        pure
        returns (bytes32 stateHash_)
    {
        MachineState memory state;
        state.writePc(_model.entry);
        state.memoryRoot = MerkleMemory.replace(
            _model.imageRoot,
            MerkleMemory.zeroHash(_model.inputHeight),
            _inputRoot,
            slotPosition(_model.inputAddress, _model.inputHeight),
            MerkleMemory.MEMORY_HEIGHT - _model.inputHeight,
            _slotSiblings
        );
        stateHash_ = state.hash();
    }

    /// @inheritdoc IMachineTransition
    function resultOf(MachineModel calldata _model, bytes calldata _finalStateProof)
        external
        pure
        returns (bytes32 stateHash_, bytes32 result_)
    {
        MachineState memory state = StateAccess.read(_finalStateProof);
        stateHash_ = state.hash();
        result_ = FAILED;
        if (state.readPc() == HaltPc.EXIT && state.readRegister(A0) == 0) {
            (bytes32 root, uint256 numBytes) = readOutputSlot(_model, state, _finalStateProof);
            // The slot holds its length word too.
            if (numBytes + 4 <= MerkleMemory.BLOCK_BYTES << _model.outputHeight) result_ = root;
        }
        state.close(_finalStateProof);
    }

    /// @inheritdoc IMachineTransition
    function step(bytes32 _codeRoot, uint32 _codeEnd, bytes32 _prestateHash, bytes calldata _witness)
        external
        pure
        returns (bytes32 poststateHash_)
    {
        poststateHash_ = RiscvStep.step(_prestateHash, _witness, _codeEnd, _codeRoot);
    }

    /// @inheritdoc IMachineTransition
    function slotRoot(bytes calldata _content, uint8 _height) external pure returns (bytes32 root_) {
        root_ = MerkleMemory.slotRoot(_content, _height);
    }

    /// @dev The output slot's root and length word, proven in the memory of the state.
    function readOutputSlot(MachineModel calldata _model, MachineState memory _state, bytes calldata _proof)
        private
        pure
        returns (bytes32 root_, uint256 numBytes_)
    {
        uint256 height = _model.outputHeight;
        root_ = _state.takeHash(_proof);
        MerkleMemory.checkProof(
            _state.memoryRoot,
            root_,
            slotPosition(_model.outputAddress, height),
            MerkleMemory.MEMORY_HEIGHT - height,
            _state.takeSiblings(_proof, MerkleMemory.MEMORY_HEIGHT - height)
        );
        numBytes_ = _state.takeWord(_proof, root_, height, 0);
    }

    /// @dev Position of an aligned slot among the nodes of its height.
    function slotPosition(uint32 _address, uint256 _height) private pure returns (uint256 position_) {
        position_ = (_address / MerkleMemory.BLOCK_BYTES) >> _height;
    }
}
