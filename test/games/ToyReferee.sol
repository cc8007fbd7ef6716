// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

struct MachineModel {
    bytes32 imageRoot;
    bytes32 codeRoot;
    uint32 entry;
    uint32 codeEnd;
    uint32 inputAddress;
    uint8 inputHeight;
    uint32 outputAddress;
    uint8 outputHeight;
    uint8 coarseHeight;
    uint8 fineHeight;
}

/// @title The toy machine of vectors/games, in the places of registry and transition
contract ToyReferee {
    error NotProven();

    uint8 private immutable COARSE_HEIGHT;
    uint8 private immutable FINE_HEIGHT;

    constructor(uint8 _coarseHeight, uint8 _fineHeight) {
        COARSE_HEIGHT = _coarseHeight;
        FINE_HEIGHT = _fineHeight;
    }

    function model(bytes32) external view returns (MachineModel memory model_) {
        model_.coarseHeight = COARSE_HEIGHT;
        model_.fineHeight = FINE_HEIGHT;
    }

    function initialStateHash(MachineModel calldata, bytes32 _inputRoot, bytes32[] calldata _siblings)
        external
        pure
        returns (bytes32)
    {
        if (_siblings.length != 1 || _siblings[0] != _inputRoot) revert NotProven();
        return keccak256(abi.encode(_inputRoot));
    }

    function resultOf(MachineModel calldata, bytes calldata _proof) external pure returns (bytes32, bytes32) {
        if (_proof.length != 32) revert NotProven();
        return (bytes32(_proof), bytes32(bytes16(bytes32(_proof))));
    }

    function step(MachineModel calldata, bytes32 _prestate, bytes calldata _witness) external pure returns (bytes32) {
        if (_witness.length != 32 || bytes32(_witness) != _prestate) revert NotProven();
        return keccak256(_witness);
    }
}
