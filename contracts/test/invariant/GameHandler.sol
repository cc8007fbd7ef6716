// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {GameTest} from "../dispute/GameTest.sol";
import {ToyTree} from "../dispute/ToyTree.sol";

/// @notice Plays random legal and illegal actions of up to 8 claims; one honest player answers after each of them.
contract GameHandler is GameTest {
    using ToyTree for bytes32[];

    uint256 private constant MAX_PLAYERS = 8;
    uint256 private constant MAX_INNER_CLAIMS = 6;

    uint256 private _random;
    bytes32 public honestId;
    mapping(bytes32 tournamentId => bytes32 honestInner) private _honestInner;
    /// @dev What a finished tournament looked like when it was finished.
    mapping(bytes32 tournamentId => bytes32 viewHash) private _finished;

    /// @param _graphHeight Height of a tensor program's trace; 0: a machine program.
    constructor(uint8 _graphHeight, uint8 _coarseHeight, uint8 _fineHeight, uint256 _seed) {
        setUpGame(_graphHeight, _coarseHeight, _fineHeight, defaultParameters());
        _random = _seed;
        // Wrong to its end, so that its root is not the honest one.
        uint256 liar = addPlayer("liar 1", liesFrom(draw(numSteps()), _random));
        // The honest player and an attacker that knows its root commit to it beforehand, one before the other or both at once.
        bool isLiarFirst = draw(2) == 0;
        commitToHonestRoot(isLiarFirst ? liar : HONEST);
        skip(draw(3));
        commitToHonestRoot(isLiarFirst ? HONEST : liar);
        skip(1 + draw(3));
        if (draw(2) == 0) {
            open(liar);
            honestId = join(HONEST);
        } else {
            honestId = open(HONEST);
            join(liar);
        }
        guard();
    }

    function commitToHonestRoot(uint256 _player) private {
        _game.commit(honestCommitment(_player));
    }

    function honestCommitment(uint256 _player) private view returns (bytes32) {
        return keccak256(abi.encode(_rootId, rootTree(HONEST)[1], account(_player), bytes32("salt")));
    }

    function draw(uint256 _count) private returns (uint256) {
        _random = uint256(keccak256(abi.encode(_random)));
        return _random % _count;
    }

    function randomHistory() private returns (bytes32[] memory) {
        uint256 from = draw(numSteps());
        if (draw(3) != 0) return liesFrom(from, _random);
        return liesBetween(from, from + draw(numSteps() - from) + 1, _random);
    }

    /// @notice One random action, then whatever the honest player has to do.
    function act(uint256 _seed) external {
        if (_game.tournament(_rootId).finished) return;
        _random ^= _seed;
        uint256 kind = draw(16);
        if (kind == 0) joinLiar();
        else if (kind < 6) playSide();
        else if (kind < 8) playIllegally();
        else if (kind < 9) sneakInBelow();
        else if (kind < 11) attemptEnds();
        else if (kind < 12) attemptDisplace();
        else skip(draw(60));
        guard();
    }

    // The attackers

    function joinLiar() private {
        if (_players.length >= MAX_PLAYERS || vm.getBlockTimestamp() >= _game.tournament(_rootId).windowEnd) return;
        uint256 player = addPlayer(string.concat("liar ", vm.toString(_players.length)), randomHistory());
        bytes memory call_ = callJoin(player);
        bytes32[] memory nodes = rootTree(player);
        bytes32 id = keccak256(abi.encode(_rootId, nodes[1], outcomeOf(rootKind(), nodes[nodes.length - 1])));
        // The same leaves again, though from another history: one root is one claim.
        if (_game.claim(id).owner != address(0)) {
            refused(ITournament.ClaimAlreadyUsed.selector, account(player), bondOf(rootKind()), call_);
        } else {
            join(player);
        }
    }

    /// @dev The next right action of a random match that is not the honest player's to take.
    function playSide() private {
        bytes32 id = _matchIds[draw(_matchIds.length)];
        ITournament.MatchView memory m = _game.matchOf(id);
        if (m.phase == 1 || m.phase == 2) {
            if (secondsLeft(m) > 0) move(id);
        } else if (m.phase == 3) {
            if (secondsLeft(m) > 0) seal(id, draw(2) == 0, account(draw(_players.length)));
        } else if (m.phase == 4) {
            joinBelow(id, draw(2) == 0 ? _pairs[id].a : _pairs[id].b);
        }
    }

    function joinBelow(bytes32 _matchId, bytes32 _parentClaim) private {
        uint256 player = _known[_parentClaim].player;
        if (player == HONEST) return;
        bytes32[] memory nodes = innerTree(_matchId, player);
        if (mayJoin(_matchId, nodes)) joinInnerWith(_matchId, player, nodes);
    }

    function mayJoin(bytes32 _matchId, bytes32[] memory _nodes) private view returns (bool) {
        bytes32 inner = innerOf(_matchId);
        bytes32 outcome = outcomeOf(kindBelow(_matchId), _nodes[_nodes.length - 1]);
        (bytes32 leafA, bytes32 leafB) = leavesOf(_matchId);
        // Claims with made-up insides have no history of their own below.
        if (outcome != leafA && outcome != leafB) return false;
        bytes32 id = keccak256(abi.encode(inner, _nodes[1], outcome));
        ITournament.TournamentView memory t = _game.tournament(inner);
        return _game.claim(id).owner == address(0) && vm.getBlockTimestamp() < t.windowEnd
            && _claimsOf[inner].length < MAX_INNER_CLAIMS;
    }

    /// @dev A claim below with made-up insides, for either side, from any player.
    function sneakInBelow() private {
        bytes32 id = _matchIds[draw(_matchIds.length)];
        if (_game.matchOf(id).phase != 4) return;
        bytes32[] memory theirs = innerTree(id, _known[draw(2) == 0 ? _pairs[id].a : _pairs[id].b].player);
        bytes32[] memory leaves = new bytes32[](theirs.length / 2);
        for (uint256 k = 0; k < leaves.length; ++k) leaves[k] = keccak256(abi.encode(_random, k));
        leaves[leaves.length - 1] = theirs[theirs.length - 1];
        bytes32[] memory nodes = leaves.build();
        if (mayJoin(id, nodes)) joinInnerWith(id, 1 + draw(_players.length - 1), nodes);
    }

    /// @dev A real action with one word replaced.
    function playIllegally() private {
        bytes32 id = _matchIds[draw(_matchIds.length)];
        uint8 phase = _game.matchOf(id).phase;
        if (phase != 1 && phase != 2) return;
        bytes memory call_ = callMove(id);
        // A word of the last 3, which are hashes when a tree is higher than one leaf.
        uint256 offset = call_.length - 32 * draw(3);
        bytes32 word = keccak256(abi.encode(_random));
        assembly ("memory-safe") {
            mstore(add(call_, offset), word)
        }
        (bool success,) = address(_game).call(call_);
        assertFalse(success, "an illegal move was taken");
    }

    /// @dev Time-outs and finishes at any moment: refused or right.
    function attemptEnds() private {
        bytes32 id = _matchIds[draw(_matchIds.length)];
        tryTimeout(id);
        tryFinishInner(id);
        if (draw(4) == 0) tryFinishRoot();
    }

    /// @dev Both that have committed to the honest root try for its claim, with a bond or as its owner: refused or right.
    function attemptDisplace() private {
        uint256 player = draw(2);
        ITournament.ClaimView memory claim = _game.claim(honestId);
        bool isLive = claim.status == ITournament.ClaimStatus.Live;
        bool isOpen = vm.getBlockTimestamp() < _game.tournament(_rootId).windowEnd;
        bool isOlder = _game.commitmentTime(honestCommitment(player)) < claim.ownedSince;
        uint256 value = claim.owner == account(player) ? 0 : bondOf(rootKind());
        bytes memory call_ = abi.encodeCall(ITournament.displace, (_rootId, claimKey(honestId), "salt"));
        vm.prank(account(player));
        (bool success,) = address(_game).call{value: value}(call_);
        assertEq(success, isLive && isOpen && isOlder, "displace");
        if (success) _known[honestId].owner = account(player);
        checkFunds();
    }

    // The honest player

    /// @dev Does what is due for the honest claims, until nothing is.
    function guard() private {
        bool busy = true;
        while (busy) {
            busy = false;
            for (uint256 i = 0; i < _matchIds.length; ++i) {
                if (answer(_matchIds[i])) busy = true;
            }
        }
        watchFinished();
    }

    function answer(bytes32 _matchId) private returns (bool acted_) {
        Pair memory pair = _pairs[_matchId];
        bool isRoot = pair.tournamentId == _rootId;
        bytes32 mine = isRoot ? honestId : _honestInner[pair.tournamentId];
        if (mine == 0 || (pair.a != mine && pair.b != mine)) return false;
        ITournament.MatchView memory m = _game.matchOf(_matchId);
        bool isMyTurn = m.phase == (pair.a == mine ? 1 : 2);
        if (m.phase <= 3 && secondsLeft(m) == 0) {
            timeout(_matchId);
            return true;
        }
        if (isMyTurn) {
            move(_matchId);
            return true;
        }
        if (m.phase == 3) {
            seal(_matchId);
            return true;
        }
        if (m.phase == 4 && _honestInner[innerOf(_matchId)] == 0) {
            joinHonestBelow(_matchId);
            return true;
        }
        return false;
    }

    /// @dev Another player may have the same insides here: then its claim is the honest one.
    function joinHonestBelow(bytes32 _matchId) private {
        bytes32 inner = innerOf(_matchId);
        bytes32[] memory nodes = innerTree(_matchId, HONEST);
        bytes32 id = keccak256(abi.encode(inner, nodes[1], outcomeOf(kindBelow(_matchId), nodes[nodes.length - 1])));
        if (_game.claim(id).owner == address(0)) joinInner(_matchId, HONEST);
        _honestInner[inner] = id;
    }

    /// @dev Seconds until the match can be timed out.
    function secondsLeft(ITournament.MatchView memory _m) private view returns (uint256) {
        uint256 clock = _m.phase == 1 ? _m.clockA : _m.clockB;
        if (_m.phase == 3) clock = _m.clockA < _m.clockB ? _m.clockA : _m.clockB;
        uint256 end = _m.since + clock;
        return end > vm.getBlockTimestamp() ? end - vm.getBlockTimestamp() : 0;
    }

    function tryTimeout(bytes32 _matchId) private {
        bytes memory call_ = callTimeout(_matchId);
        ITournament.MatchView memory m = _game.matchOf(_matchId);
        bool isDue = m.phase <= 3 && secondsLeft(m) == 0;
        vm.recordLogs();
        (bool success,) = address(_game).call(call_);
        assertEq(success, isDue, "time-out");
        digest();
    }

    function tryFinishInner(bytes32 _matchId) private {
        ITournament.TournamentView memory t = _game.tournament(innerOf(_matchId));
        if (t.windowEnd == 0) return;
        bytes memory call_ = callFinishInner(_matchId);
        bool isDue = !t.finished && t.openMatches == 0 && vm.getBlockTimestamp() >= t.windowEnd;
        vm.recordLogs();
        (bool success,) = address(_game).call(call_);
        assertEq(success, isDue, "finishInner");
        digest();
    }

    function tryFinishRoot() private {
        ITournament.TournamentView memory t = _game.tournament(_rootId);
        bytes memory call_ = callFinishRoot();
        bool isDue = !t.finished && t.openMatches == 0 && vm.getBlockTimestamp() >= t.windowEnd;
        vm.recordLogs();
        (bool success,) = address(_game).call(call_);
        assertEq(success, isDue, "finishRoot");
        digest();
    }

    /// @notice Everybody but the honest player stands still from now on: the game comes to its end.
    function playOut() external {
        for (uint256 round = 0; round < 120 && !_game.tournament(_rootId).finished; ++round) {
            guard();
            skip(400);
            guard();
            for (uint256 i = 0; i < _matchIds.length; ++i) {
                tryTimeout(_matchIds[i]);
                tryFinishInner(_matchIds[i]);
            }
            tryFinishRoot();
        }
        watchFinished();
    }

    // What must hold

    /// @dev A finished tournament looks the same for ever.
    function watchFinished() private {
        for (uint256 i = 0; i < _tournamentIds.length; ++i) {
            ITournament.TournamentView memory t = _game.tournament(_tournamentIds[i]);
            if (!t.finished) continue;
            bytes32 seen = keccak256(abi.encode(t));
            bytes32 before = _finished[_tournamentIds[i]];
            if (before == 0) _finished[_tournamentIds[i]] = seen;
            else assertEq(seen, before, "a finished game moved");
        }
    }

    function assertFunds() external view {
        checkFunds();
    }

    function assertHonestLives() external view {
        ITournament.ClaimStatus status = _game.claim(honestId).status;
        assertTrue(status != ITournament.ClaimStatus.Dead && status != ITournament.ClaimStatus.None, "honest claim lost");
        for (uint256 i = 0; i < _tournamentIds.length; ++i) {
            bytes32 inner = _honestInner[_tournamentIds[i]];
            if (inner == 0) continue;
            assertTrue(_game.claim(inner).status != ITournament.ClaimStatus.Dead, "honest inner claim lost");
        }
    }

    function assertEnded() external {
        ITournament.Outcome memory outcome = _game.outcomeOf(_rootId);
        assertTrue(outcome.finished, "did not end");
        assertEq(outcome.result, _known[honestId].outcome, "honest result");
        assertTrue(_game.claim(honestId).status == ITournament.ClaimStatus.Won);
        assertNotPoorer(HONEST);
        emptyAll();
    }
}
