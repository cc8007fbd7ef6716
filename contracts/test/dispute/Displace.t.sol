// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {JoinTest} from "./JoinTest.sol";

/// @notice Committing and displacing: one test a rule and a refusal (spec/06 §3).
contract Tournament_Displace_Test is JoinTest {
    function commitment(uint256 _player, uint256 _of, bytes32 _salt) private view returns (bytes32) {
        return keccak256(abi.encode(_rootId, coarseTree(_of)[1], account(_player), _salt));
    }

    function callDisplace(bytes32 _claimId, bytes32 _salt) private view returns (bytes memory) {
        return abi.encodeCall(ITournament.displace, (_known[_claimId].tournamentId, claimKey(_claimId), _salt));
    }

    /// @dev A displacement that must be allowed. It moves money between two accounts and changes owner and time; nothing else.
    function displace(uint256 _player, bytes32 _claimId, bytes32 _salt, uint256 _valueWei, uint40 _ownedSince) private {
        ITournament.ClaimView memory before = _game.claim(_claimId);
        bytes32 restBefore = everythingBut(_claimId);
        uint256 credit = _game.creditWei(before.owner);
        bytes memory call_ = callDisplace(_claimId, _salt);
        vm.expectEmit(address(_game));
        emit ITournament.Displaced(
            _known[_claimId].tournamentId, _claimId, account(_player), before.owner, _ownedSince
        );
        vm.prank(account(_player));
        (bool success,) = address(_game).call{value: _valueWei}(call_);
        assertTrue(success, "displace");
        assertEq(_game.creditWei(before.owner), credit + _valueWei, "the former owner is credited the whole value");
        (before.owner, before.ownedSince) = (account(_player), _ownedSince);
        assertEq(keccak256(abi.encode(_game.claim(_claimId))), keccak256(abi.encode(before)), "bond, clock, status stay");
        assertEq(everythingBut(_claimId), restBefore, "matches, tournaments, other claims stay");
        checkFunds();
    }

    function everythingBut(bytes32 _claimId) private view returns (bytes32 hash_) {
        for (uint256 i = 0; i < _claimIds.length; ++i) {
            if (_claimIds[i] != _claimId) hash_ = keccak256(abi.encode(hash_, _game.claim(_claimIds[i])));
        }
        for (uint256 i = 0; i < _matchIds.length; ++i) {
            hash_ = keccak256(abi.encode(hash_, _game.matchOf(_matchIds[i])));
        }
        for (uint256 i = 0; i < _tournamentIds.length; ++i) {
            hash_ = keccak256(abi.encode(hash_, _game.tournament(_tournamentIds[i])));
        }
    }

    function test_commit_again_keepsTheFirstTime() external {
        bytes32 c = commitment(HONEST, HONEST, "salt");
        uint256 time = vm.getBlockTimestamp();
        _game.commit(c);
        skip(50);
        _game.commit(c);
        assertEq(_game.commitmentTime(c), time);
    }

    /// @dev copiesTheJoin: a copier front-runs the honest join; the honest player had committed and takes the claim over,
    /// in the middle of its match. Then the game is played to its end.
    function test_audit_freeRiding_copiesTheJoin_isDisplaced() external {
        open(_liar);
        uint40 time = uint40(vm.getBlockTimestamp());
        _game.commit(commitment(HONEST, HONEST, "salt"));
        skip(10);
        uint256 copier = addPlayer("copier", honestStates());
        bytes32 id = join(copier);
        bytes32 m = lastMatch();
        move(m);
        move(m);
        assertGt(_game.matchOf(m).spentBWei, 0);
        assertTrue(_game.claim(id).bondWei < bondOf(0), "its join was refunded");
        displace(HONEST, id, "salt", bondOf(0), time);
        _known[id].owner = account(HONEST);
        assertEq(_game.creditWei(account(copier)), bondOf(0));
        playMatch(m);
        closeWindow(_rootId);
        finishRoot();
        assertWinner(HONEST);
        assertNotPoorer(HONEST);
        // A bond in, a bond out; the refunds stand for gas that it paid.
        assertEq(gainOf(copier), int256(_refundedWei[account(copier)]));
        emptyAll();
    }

    /// @dev The reverse: an honest player that did not commit loses the prize, and nothing else.
    function test_displace_honestOwner_isNoPoorer() external {
        open(_liar);
        uint256 copier = addPlayer("copier", honestStates());
        uint40 time = uint40(vm.getBlockTimestamp());
        _game.commit(commitment(copier, HONEST, "salt"));
        skip(10);
        bytes32 id = join(HONEST);
        displace(copier, id, "salt", bondOf(0), time);
        _known[id].owner = account(copier);
        playMatch(lastMatch());
        closeWindow(_rootId);
        finishRoot();
        assertEq(_game.outcomeOf(_rootId).winner, account(copier));
        assertNotPoorer(HONEST);
        assertNotPoorer(copier);
        emptyAll();
    }

    function test_displace_freeClaim_changesOwnerOnly() external {
        uint40 time = uint40(vm.getBlockTimestamp());
        _game.commit(commitment(HONEST, HONEST, "salt"));
        skip(1);
        uint256 copier = addPlayer("copier", honestStates());
        bytes32 id = open(copier);
        displace(HONEST, id, "salt", bondOf(0), time);
        assertEq(_game.tournament(_rootId).freeClaim, id);
    }

    /// @dev A claim that has won a match below is free again: the match that is over holds no money and stays as it is.
    function test_displace_afterItsMatchIsOver() external {
        bytes32 m = innerGame();
        bytes32 inner = innerOf(m);
        uint256 index = _game.matchOf(m).index;
        uint40 time = uint40(vm.getBlockTimestamp());
        _game.commit(keccak256(abi.encode(inner, fineTree(HONEST, index)[1], account(_other), bytes32("salt"))));
        skip(1);
        bytes32 id = joinInner(m, HONEST);
        joinInner(m, _liar);
        playFine(lastMatch());
        assertEq(_game.matchOf(lastMatch()).phase, 5);
        assertEq(_game.tournament(inner).freeClaim, id);
        refused(ITournament.WrongBond.selector, account(_other), bondOf(0), callDisplace(id, "salt"));
        displace(_other, id, "salt", bondOf(1), time);
        assertEq(receivedOf(account(HONEST)), bondOf(1));
        closeWindow(inner);
        finishInner(m);
        assertEq(receivedOf(account(_other)), bondOf(1), "the survivor's owner has its bond back");
    }

    /// @dev A finished tournament and a claim that won it: refused like everything else there.
    function test_displace_inFinishedInnerGame_reverts() external {
        bytes32 m = innerGame();
        bytes32 inner = innerOf(m);
        bytes32 root = fineTree(HONEST, _game.matchOf(m).index)[1];
        _game.commit(keccak256(abi.encode(inner, root, account(_other), bytes32("salt"))));
        skip(1);
        bytes32 id = joinInner(m, HONEST);
        closeWindow(inner);
        refused(ITournament.WindowClosed.selector, account(_other), bondOf(1), callDisplace(id, "salt"));
        finishInner(m);
        refused(ITournament.TournamentIsFinished.selector, account(_other), bondOf(1), callDisplace(id, "salt"));
    }

    /// @dev An owner that had committed shows it for nothing. Else a younger commitment, older than the join, could take the
    /// claim over in the last second of the window.
    function test_displace_ownClaim_showsTheOlderCommitment() external {
        open(_liar);
        uint40 time = uint40(vm.getBlockTimestamp());
        _game.commit(commitment(HONEST, HONEST, "salt"));
        skip(1);
        _game.commit(commitment(_other, HONEST, "young"));
        skip(1);
        bytes32 id = join(HONEST);
        move(lastMatch());
        bytes memory call_ = callDisplace(id, "salt");
        refused(ITournament.WrongBond.selector, account(HONEST), bondOf(0), call_);
        refused(ITournament.WrongBond.selector, account(HONEST), 1, call_);
        displace(HONEST, id, "salt", 0, time);
        assertEq(_game.creditWei(account(HONEST)), 0);
        refused(ITournament.CommitmentNotOlder.selector, account(HONEST), 0, call_);
        skip(597);
        assertEq(_game.tournament(_rootId).windowEnd, vm.getBlockTimestamp() + 1);
        refused(ITournament.CommitmentNotOlder.selector, account(_other), bondOf(0), callDisplace(id, "young"));
    }

    /// @dev What happens to one that does not show it.
    function test_displace_youngerCommitmentInTheLastSecond() external {
        open(_liar);
        _game.commit(commitment(HONEST, HONEST, "salt"));
        skip(1);
        uint40 time = uint40(vm.getBlockTimestamp());
        _game.commit(commitment(_other, HONEST, "young"));
        skip(1);
        bytes32 id = join(HONEST);
        skip(597);
        displace(_other, id, "young", bondOf(0), time);
    }

    /// @dev A commitment made in the same second as the join, or after, displaces nobody; nor does the owner's own count.
    function test_displace_commitmentNotOlder_reverts() external {
        bytes32 id = open(_liar);
        _game.commit(commitment(HONEST, _liar, "salt"));
        _game.commit(commitment(_liar, _liar, "salt"));
        skip(1);
        bytes memory call_ = callDisplace(id, "salt");
        refused(ITournament.CommitmentNotOlder.selector, account(HONEST), bondOf(0), call_);
        refused(ITournament.CommitmentNotOlder.selector, account(_liar), 0, call_);
    }

    /// @dev The earliest commitment wins: one displaced by an older one cannot come back with a younger.
    function test_displace_olderCommitment_cannotBeDisplacedByYounger() external {
        uint40 time = uint40(vm.getBlockTimestamp());
        _game.commit(commitment(HONEST, HONEST, "old"));
        skip(1);
        uint256 copier = addPlayer("copier", honestStates());
        _game.commit(commitment(copier, HONEST, "young"));
        skip(1);
        bytes32 id = open(copier);
        displace(HONEST, id, "old", bondOf(0), time);
        refused(ITournament.CommitmentNotOlder.selector, account(copier), bondOf(0), callDisplace(id, "young"));
        // Nor does the same commitment count twice.
        refused(ITournament.CommitmentNotOlder.selector, account(HONEST), 0, callDisplace(id, "old"));
    }

    /// @dev Displaced in turn: each former owner is credited the bond that it paid.
    function test_displace_twice_creditsEach() external {
        uint40 time = uint40(vm.getBlockTimestamp());
        _game.commit(commitment(HONEST, _liar, "old"));
        skip(1);
        _game.commit(commitment(_other, _liar, "young"));
        skip(1);
        bytes32 id = open(_liar);
        displace(_other, id, "young", bondOf(0), time + 1);
        displace(HONEST, id, "old", bondOf(0), time);
        assertEq(_game.creditWei(account(_liar)), bondOf(0));
        assertEq(_game.creditWei(account(_other)), bondOf(0));
    }

    function test_displace_anotherSendersCommitment_reverts() external {
        _game.commit(commitment(HONEST, _liar, "salt"));
        skip(1);
        bytes32 id = open(_liar);
        refused(ITournament.UnknownCommitment.selector, account(_other), bondOf(0), callDisplace(id, "salt"));
    }

    function test_displace_afterWindow_reverts() external {
        _game.commit(commitment(HONEST, _liar, "salt"));
        _game.commit(commitment(_liar, _liar, "salt"));
        skip(1);
        bytes32 id = open(_liar);
        skip(600);
        refused(ITournament.WindowClosed.selector, account(HONEST), bondOf(0), callDisplace(id, "salt"));
        refused(ITournament.WindowClosed.selector, account(_liar), 0, callDisplace(id, "salt"));
    }

    function test_displace_wrongBond_reverts() external {
        _game.commit(commitment(HONEST, _liar, "salt"));
        skip(1);
        bytes32 id = open(_liar);
        bytes memory call_ = callDisplace(id, "salt");
        refused(ITournament.WrongBond.selector, account(HONEST), bondOf(0) - 1 gwei, call_);
        refused(ITournament.WrongBond.selector, account(HONEST), bondOf(0) + 1, call_);
        refused(ITournament.WrongBond.selector, account(HONEST), 0, call_);
    }

    function test_displace_deadClaim_reverts() external {
        bytes32 m = innerGame();
        bytes32 root = fineTree(_liar, _game.matchOf(m).index)[1];
        _game.commit(keccak256(abi.encode(innerOf(m), root, account(HONEST), bytes32("salt"))));
        skip(1);
        joinInner(m, HONEST);
        bytes32 dead = joinInner(m, _liar);
        playFine(lastMatch());
        refused(ITournament.ClaimNotLive.selector, account(HONEST), bondOf(1), callDisplace(dead, "salt"));
    }

    function test_displace_claimThatNeverWas_reverts() external {
        _game.commit(commitment(HONEST, HONEST, "salt"));
        skip(1);
        open(_liar);
        ITournament.ClaimKey memory key = ITournament.ClaimKey(coarseTree(HONEST)[1], "outcome");
        bytes memory call_ = abi.encodeCall(ITournament.displace, (_rootId, key, "salt"));
        refused(ITournament.ClaimNotLive.selector, account(HONEST), bondOf(0), call_);
    }
}
