// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {MerkleMemory} from "../libraries/MerkleMemory.sol";
import {codeHeightOf, MachineModel, MAX_COARSE_HEIGHT, MAX_FINE_HEIGHT, modelIdOf} from "../types/Machine.sol";

/// @title The models that can be asked and disputed
/// @notice Without an owner: what is registered is fixed by its id for ever.
contract ModelRegistry is IModelRegistry {
    uint32 private constant MAX_CODE_END = 1 << 30;

    /// @dev INVARIANT: an entry is either all zero or has passed every check; `codeEnd` is never 0 in a checked one.
    mapping(bytes32 modelId => MachineModel) private _models;

    /// @inheritdoc IModelRegistry
    function register(
        MachineModel calldata _model,
        bytes32[] calldata _codeSiblings,
        bytes32[] calldata _inputSlotSiblings
    ) external returns (bytes32 modelId_) {
        checkParameters(_model);
        checkProofs(_model, _codeSiblings, _inputSlotSiblings);
        modelId_ = modelIdOf(_model);
        if (isRegistered(modelId_)) return modelId_;
        _models[modelId_] = _model;
        emit ModelRegistered(modelId_, msg.sender, _model);
    }

    /// @inheritdoc IModelRegistry
    function model(bytes32 _modelId) external view returns (MachineModel memory parameters_) {
        if (!isRegistered(_modelId)) revert UnknownModel(_modelId);
        parameters_ = _models[_modelId];
    }

    /// @inheritdoc IModelRegistry
    function isRegistered(bytes32 _modelId) public view returns (bool registered_) {
        registered_ = _models[_modelId].codeEnd != 0;
    }

    /// @dev The checks of spec/03-commitments §4 that need no proof.
    function checkParameters(MachineModel calldata _model) private pure {
        uint32 codeEnd = _model.codeEnd;
        if (codeEnd == 0 || codeEnd > MAX_CODE_END || codeEnd % MerkleMemory.BLOCK_BYTES != 0) {
            revert CodeEndInvalid(codeEnd);
        }
        if (_model.entry % 4 != 0 || _model.entry >= codeEnd) revert EntryInvalid(_model.entry, codeEnd);
        checkTraceHeight("coarseHeight", _model.coarseHeight, MAX_COARSE_HEIGHT);
        checkTraceHeight("fineHeight", _model.fineHeight, MAX_FINE_HEIGHT);
        uint256 inputEnd = checkSlot(_model.inputAddress, _model.inputHeight, codeEnd);
        uint256 outputEnd = checkSlot(_model.outputAddress, _model.outputHeight, codeEnd);
        if (_model.inputAddress < outputEnd && _model.outputAddress < inputEnd) {
            revert SlotsOverlap(
                _model.inputAddress, _model.inputHeight, _model.outputAddress, _model.outputHeight
            );
        }
    }

    /// @dev The code root and the empty input slot, proven in the image.
    function checkProofs(
        MachineModel calldata _model,
        bytes32[] calldata _codeSiblings,
        bytes32[] calldata _inputSlotSiblings
    ) private pure {
        uint256 codeHeight = codeHeightOf(_model.codeEnd);
        MerkleMemory.checkProof(
            _model.imageRoot, _model.codeRoot, 0, MerkleMemory.MEMORY_HEIGHT - codeHeight, _codeSiblings
        );
        uint256 inputHeight = _model.inputHeight;
        MerkleMemory.checkProof(
            _model.imageRoot,
            MerkleMemory.zeroHash(inputHeight),
            (_model.inputAddress / MerkleMemory.BLOCK_BYTES) >> inputHeight,
            MerkleMemory.MEMORY_HEIGHT - inputHeight,
            _inputSlotSiblings
        );
    }

    /// @dev Trace trees have at least one level.
    function checkTraceHeight(bytes32 _name, uint8 _height, uint8 _maximum) private pure {
        if (_height == 0 || _height > _maximum) revert TraceHeightInvalid(_name, _height, _maximum);
    }

    /// @dev A slot that is aligned to its size lies inside 2^32 by itself: its size divides 2^32.
    function checkSlot(uint32 _address, uint8 _height, uint32 _codeEnd) private pure returns (uint256 end_) {
        if (_height > MerkleMemory.MAX_SLOT_HEIGHT) revert SlotInvalid(_address, _height);
        uint256 size = MerkleMemory.BLOCK_BYTES << _height;
        if (_address % size != 0 || _address < _codeEnd) revert SlotInvalid(_address, _height);
        end_ = _address + size;
    }
}
