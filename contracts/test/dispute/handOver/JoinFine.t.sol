// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../../src/interfaces/ITournament.sol";
import {OriginHandOverTest} from "./HandOver.t.sol";

/// @notice Into a tournament of single instructions.
contract Tournament_HandOverJoinFine_Test is OriginHandOverTest {
    ITournament.JoinData private _join;

    function setUp() external {
        setUpHandOver();
        toBlock();
        seal(_blockMatch);
        _join = joinOf(FINE, innerTree(_blockMatch, HONEST));
    }

    function subject() internal view override returns (bytes32) {
        return _blockMatch;
    }

    function valueWei() internal view override returns (uint256) {
        return bondOf(FINE);
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
        (bytes32 leafA, bytes32 leafB) = leavesOf(_blockMatch);
        refusedCall(_error, abi.encodeCall(ITournament.joinInner, (originBelow(_blockMatch), leafA, leafB, _data)));
    }

    function test_audit_handOver_joinFine_root() external {
        ITournament.JoinData memory data = _join;
        data.root = other(data.root);
        refusedJoin(ITournament.OpeningMismatch.selector, data);
    }

    /// @dev The last leaf is what the claim stands for: one of the two in dispute, and the tree's own.
    function test_audit_handOver_joinFine_lastLeaf() external {
        ITournament.JoinData memory data = _join;
        (bytes32 leafA, bytes32 leafB) = leavesOf(_blockMatch);
        bytes32 right = data.lastLeaf;
        data.lastLeaf = other(right);
        refusedJoin(ITournament.OutcomeNotInDispute.selector, data);
        data.lastLeaf = right == leafA ? leafB : leafA;
        refusedJoin(ITournament.LastLeafMismatch.selector, data);
    }

    function test_audit_handOver_joinFine_evidence() external {
        ITournament.JoinData memory data = _join;
        data.evidence = hex"00";
        refusedJoin(ITournament.EvidenceUnexpected.selector, data);
    }
}
