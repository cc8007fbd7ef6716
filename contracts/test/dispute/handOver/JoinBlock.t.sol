// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IReferee} from "../../../src/interfaces/IReferee.sol";
import {ITournament} from "../../../src/interfaces/ITournament.sol";
import {MerkleMemory} from "../../../src/libraries/MerkleMemory.sol";
import {ToyMachine} from "../ToyMachine.sol";
import {OriginHandOverTest} from "./HandOver.t.sol";

/// @notice Into a block's tournament.
contract Tournament_HandOverJoinBlock_Test is OriginHandOverTest {
    ITournament.JoinData private _join;

    function setUp() external {
        setUpHandOver();
        seal(_graphMatch);
        _join = joinOf(BLOCK, innerTree(_graphMatch, HONEST));
    }

    function subject() internal view override returns (bytes32) {
        return _graphMatch;
    }

    function valueWei() internal view override returns (uint256) {
        return bondOf(BLOCK);
    }

    function callWith(ITournament.Origin memory _origin, bytes32 _leafA, bytes32 _leafB)
        internal
        view
        override
        returns (bytes memory)
    {
        return abi.encodeCall(ITournament.joinInner, (_origin, _leafA, _leafB, _join));
    }

    function refusedJoin(bytes4 _error, ITournament.JoinData memory _data) private {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_graphMatch);
        refusedCall(_error, abi.encodeCall(ITournament.joinInner, (originBelow(_graphMatch), leafA, leafB, _data)));
    }

    function test_audit_handOver_joinBlock_root() external {
        ITournament.JoinData memory data = _join;
        data.root = other(data.root);
        refusedJoin(ITournament.OpeningMismatch.selector, data);
    }

    function test_audit_handOver_joinBlock_opened() external {
        ITournament.JoinData memory data = _join;
        for (uint256 i = 0; i < data.opened.length; ++i) {
            data.opened[i] = other(data.opened[i]);
            refusedJoin(ITournament.OpeningMismatch.selector, data);
            data.opened[i] = other(data.opened[i]);
        }
    }

    function test_audit_handOver_joinBlock_lastLeaf() external {
        ITournament.JoinData memory data = _join;
        data.lastLeaf = other(data.lastLeaf);
        refusedJoin(IReferee.FinalStateMismatch.selector, data);
        // With the state that it is the leaf of, it stands for neither leaf in dispute.
        data.evidence = abi.encode(data.lastLeaf);
        refusedJoin(ITournament.OutcomeNotInDispute.selector, data);
    }

    /// @dev The liar's final state under the honest tree: its leaf is in dispute, but it is not the tree's last.
    function test_audit_handOver_joinBlock_lastLeafOfAnotherTree() external {
        ITournament.JoinData memory data = _join;
        bytes32[] memory nodes = innerTree(_graphMatch, _liar);
        data.lastLeaf = nodes[nodes.length - 1];
        data.evidence = abi.encode(data.lastLeaf);
        refusedJoin(ITournament.LastLeafMismatch.selector, data);
    }

    function test_audit_handOver_joinBlock_lastLeafSiblings() external {
        ITournament.JoinData memory data = _join;
        data.lastLeafSiblings = new bytes32[](1);
        refusedJoin(MerkleMemory.ProofLengthMismatch.selector, data);
    }

    function test_audit_handOver_joinBlock_evidence() external {
        ITournament.JoinData memory data = _join;
        data.evidence = abi.encode(other(data.lastLeaf));
        refusedJoin(IReferee.FinalStateMismatch.selector, data);
        data.evidence = "";
        refusedJoin(ToyMachine.WrongWitness.selector, data);
    }
}
