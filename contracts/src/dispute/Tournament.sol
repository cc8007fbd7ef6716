// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IReferee} from "../interfaces/IReferee.sol";
import {ITournament} from "../interfaces/ITournament.sol";
import {Bond} from "../libraries/Bond.sol";
import {Claim, ClaimState, ClaimWord} from "../libraries/Claim.sol";
import {Clock} from "../libraries/Clock.sol";
import {Commitment} from "../libraries/Commitment.sol";
import {Game, GameState} from "../libraries/Game.sol";
import {Match, MatchState, MatchWord} from "../libraries/Match.sol";
import {MerkleMemory} from "../libraries/MerkleMemory.sol";
import {TournamentBase} from "./TournamentBase.sol";
import {TournamentEnds} from "./TournamentEnds.sol";
import {TournamentJoins} from "./TournamentJoins.sol";
import {TournamentViews} from "./TournamentViews.sol";

/// @title The verification game
/// @notice All games of all markets, keyed by ids that say what a game is about (spec/06-dispute.md). No owner, no upgrade.
contract Tournament is TournamentJoins, TournamentEnds, TournamentViews {
    /// @dev What a market spends on a challenge around `openRoot`, calibrated with `InferenceMarket`; and copying so many tokens costs it 1.
    uint256 private constant MARKET_GAS = 24_900;
    uint256 private constant COPIED_TOKENS = 20;
    /// @dev What `firstMove` decodes before its first line, beside `ENTRY_GAS`.
    uint256 private constant KEY_GAS = 500;

    constructor(IReferee _referee, Parameters memory _parameters) TournamentBase(_referee, _parameters) {}

    /// @inheritdoc ITournament
    function openRoot(
        bytes32 _taskId,
        bytes32 _modelId,
        bytes32 _inputRoot,
        address _owner,
        JoinData calldata _join
    ) external payable returns (bytes32 result_) {
        uint256 gasStart = gasleft();
        bytes32 tournamentId = Commitment.rootTournamentId(msg.sender, _taskId);
        GameSlots storage slots = _games[tournamentId];
        GameState memory game = Game.unpack(slots.word);
        if (game.windowEnd != 0) revert TournamentExists(tournamentId);
        if (_owner == address(0)) revert OwnerMissing();
        (game.kind, game.height, game.words, game.coarseHeight, game.fineHeight) = REFEREE.rootLevel(_modelId);
        openWindow(game, ROOT_WINDOW, INITIAL_CLOCK);
        (slots.modelId, slots.inputRoot) = (_modelId, _inputRoot);
        emitOpened(tournamentId, _modelId, 0, game, 0);
        result_ = REFEREE.resultOf(_modelId, _join.root, _join.lastLeaf, _join.evidence);
        uint256 budget = Bond.OPEN_GAS + Bond.provenGas(game.kind, game.height, game.words);
        uint256 tailGas = FIRST_WRITE_GAS + MARKET_GAS + Bond.joinTokens(_join) / COPIED_TOKENS;
        join(tournamentId, game, result_, _owner, _join, Bond.JOIN_ROOT_TOKENS, gasStart, tailGas, budget);
    }

    /// @inheritdoc ITournament
    function joinRoot(bytes32 _tournamentId, JoinData calldata _join) external payable {
        uint256 gasStart = gasleft();
        GameState memory game = loadJoinable(_tournamentId);
        checkRoot(game);
        bytes32 modelId = _games[_tournamentId].modelId;
        bytes32 result = REFEREE.resultOf(modelId, _join.root, _join.lastLeaf, _join.evidence);
        uint256 budget = Bond.joinGas(game.kind, game.height, game.words);
        join(_tournamentId, game, result, msg.sender, _join, Bond.JOIN_ROOT_TOKENS, gasStart, REWRITE_GAS, budget);
    }

    /// @inheritdoc ITournament
    function joinInner(Origin calldata _origin, bytes32 _leafA, bytes32 _leafB, JoinData calldata _join)
        external
        payable
    {
        uint256 gasStart = gasleft();
        bytes32 tournamentId = idOf(_origin);
        GameState memory game = loadJoinable(tournamentId);
        checkLeaves(_origin.parentMatch, _leafA, _leafB);
        bytes32 outcome = innerOutcome(_origin.modelId, game, _join);
        if (outcome != _leafA && outcome != _leafB) revert OutcomeNotInDispute(outcome);
        uint256 budget = Bond.joinGas(game.kind, game.height, 0);
        join(tournamentId, game, outcome, msg.sender, _join, Bond.JOIN_INNER_TOKENS, gasStart, REWRITE_GAS, budget);
    }

    /// @inheritdoc ITournament
    function commit(bytes32 _commitment) external {
        // Kept once: whoever repeats a commitment cannot make it younger.
        if (_commitments[_commitment] != 0) return;
        _commitments[_commitment] = block.timestamp;
        emit Committed(_commitment, uint40(block.timestamp));
    }

    /// @inheritdoc ITournament
    function displace(bytes32 _tournamentId, ClaimKey calldata _claim, bytes32 _salt) external payable {
        GameState memory game = loadGame(_tournamentId);
        checkWindow(game);
        uint256 time = committedAt(_tournamentId, _claim.root, _salt);
        bytes32 claimId = Commitment.claimId(_tournamentId, _claim.root, _claim.outcome);
        ClaimState memory state = Claim.unpack(_claims[claimId]);
        if (state.status != ClaimStatus.Live) revert ClaimNotLive(claimId);
        if (time >= state.ownedSince) revert CommitmentNotOlder(uint40(time), uint40(state.ownedSince));
        address former = state.owner;
        // The price of a claim is what its former owner paid for it, whatever it has spent since: nobody loses by a displacement.
        uint256 priceGwei;
        if (msg.sender != former) priceGwei = takeBond(game);
        else if (msg.value != 0) revert WrongBond(0, msg.value);
        (state.owner, state.ownedSince) = (msg.sender, time);
        _claims[claimId] = Claim.pack(state);
        emit Displaced(_tournamentId, claimId, msg.sender, former, uint40(time));
        credit(former, priceGwei);
    }

    /// @inheritdoc ITournament
    function firstMove(
        MatchKey calldata _match,
        uint256 _childIndex,
        bytes32 _otherChild,
        bytes32[] calldata _path,
        bytes32[] calldata _opened
    ) external {
        uint256 gasStart = gasleft();
        bytes32 matchId = Commitment.matchIdOf(_match);
        MatchSlots storage slots = _matches[matchId];
        // INVARIANT: a pair is stored by the first move, and never is zero.
        if (slots.pairHash != 0) revert WrongPhase(matchId, uint8(Match.phaseOf(slots.word)));
        bytes32 pair = MerkleMemory.hashPair(_match.a.root, _match.b.root);
        uint256 tokens = Bond.FIRST_MOVE_TOKENS + Bond.moveTokens(_path.length + _opened.length);
        descend(matchId, pair, _childIndex, _otherChild, _path, _opened, tokens, gasStart, KEY_GAS, Bond.FIRST_MOVE_GAS);
    }

    /// @inheritdoc ITournament
    function move(
        bytes32 _matchId,
        uint256 _childIndex,
        bytes32 _otherChild,
        bytes32[] calldata _path,
        bytes32[] calldata _opened
    ) external {
        uint256 gasStart = gasleft();
        bytes32 pair = _matches[_matchId].pairHash;
        uint256 tokens = Bond.moveTokens(_path.length + _opened.length);
        descend(_matchId, pair, _childIndex, _otherChild, _path, _opened, tokens, gasStart, 0, Bond.MOVE_GAS);
    }

    /// @dev One move of a match that stands at the two nodes of `_pair`.
    function descend(
        bytes32 _matchId,
        bytes32 _pair,
        uint256 _childIndex,
        bytes32 _otherChild,
        bytes32[] calldata _path,
        bytes32[] calldata _opened,
        uint256 _tokens,
        uint256 _gasStart,
        uint256 _entryGas,
        uint256 _budgetGas
    ) private {
        MatchSlots storage slots = _matches[_matchId];
        MatchWord word = slots.word;
        if (!Match.isMoving(word)) {
            loadMatchState(_matchId);
            revert WrongPhase(_matchId, uint8(Match.phaseOf(word)));
        }
        (uint256 elapsed, bool expired) = Match.elapsedOf(word, block.timestamp);
        if (expired) revert ClockExpired(_matchId);
        slots.pairHash = Match.descend(word, _pair, _childIndex, _otherChild, _path, _opened);
        bool isA = Match.phaseOf(word) == Match.A_TO_MOVE;
        word = Match.moved(word, _childIndex, elapsed, block.timestamp);
        emit Moved(_matchId, uint64(MatchWord.unwrap(word)), uint8(Match.heightOf(word)), _otherChild, _opened);
        uint256 refund = refundOf(msg.sender, _tokens, _gasStart, REWRITE_GAS + _entryGas, _budgetGas);
        slots.word = Match.spent(word, refund, isA);
        pay(msg.sender, refund);
    }

    /// @inheritdoc ITournament
    function sealCoarse(
        MatchKey calldata _match,
        bytes32 _leafA,
        bytes32 _leafB,
        Origin calldata _origin,
        AgreedState calldata _prev
    ) external {
        uint256 gasStart = gasleft();
        (GameState memory game, OpenMatch memory open) = loadSealable(_match, _leafA, _leafB);
        bytes32 modelId = modelOf(_match.tournamentId, game, _origin);
        GameState memory inner = belowStates(game);
        uint256 index = open.state.index;
        (bytes32 prev, uint256 numSiblings) = agreedState(_match, game, modelId, index, _origin, _prev);
        openInner(open, modelId, inner, prev, _leafA, _leafB);
        uint256 tokens = Bond.sealCoarseTokens(game.kind, index, numSiblings);
        chargeSeal(open, game, tokens, gasStart, Bond.SEAL_COARSE_GAS);
    }

    /// @inheritdoc ITournament
    function sealFine(
        MatchKey calldata _match,
        bytes32 _leafA,
        bytes32 _leafB,
        Origin calldata _origin,
        AgreedState calldata _prev,
        bytes calldata _witness
    ) external {
        uint256 gasStart = gasleft();
        (GameState memory game, OpenMatch memory open) = loadSealable(_match, _leafA, _leafB);
        bytes32 modelId = modelOf(_match.tournamentId, game, _origin);
        checkStepDecides(game);
        (bytes32 prev, uint256 numSiblings) = agreedState(_match, game, modelId, open.state.index, _origin, _prev);
        // A step that runs out of gas reverts here with everything else: it decides nothing.
        bytes32 next = REFEREE.step(modelId, prev, _witness);
        emit Stepped(open.matchId, prev, next);
        Ending memory ending = decide(_match, open, game, _leafA, _leafB, next, MatchEnd.Step);
        uint256 tokens = Bond.sealFineTokens(game.kind, open.state.index, numSiblings, _witness);
        uint256 budget = Bond.SEAL_FINE_GAS + Bond.deepGas(game.height);
        endMatch(ending, tokens, gasStart, budget, budget);
    }

    /// @inheritdoc ITournament
    function sealGraph(MatchKey calldata _match, bytes32 _leafA, bytes32 _leafB, bool _inB, bytes calldata _evidence)
        external
    {
        uint256 gasStart = gasleft();
        (GameState memory game, OpenMatch memory open) = loadSealable(_match, _leafA, _leafB);
        checkGraph(game);
        GameSlots storage slots = _games[_match.tournamentId];
        bytes32 modelId = slots.modelId;
        bytes32 traceRoot = _inB ? _match.b.root : _match.a.root;
        (bool isDecided, bytes32 answer) =
            REFEREE.judge(modelId, slots.inputRoot, traceRoot, open.state.index, _evidence);
        uint256 tokens = Bond.sealGraphTokens(_evidence);
        uint256 budget = Bond.SEAL_GRAPH_GAS + Bond.wordsGas(game.words);
        if (isDecided) {
            emit Judged(open.matchId, answer);
            Ending memory ending = decide(_match, open, game, _leafA, _leafB, answer, MatchEnd.Rule);
            endMatch(ending, tokens, gasStart, budget, budget);
        } else {
            openInner(open, modelId, belowGraph(game), answer, _leafA, _leafB);
            chargeSeal(open, game, tokens, gasStart, budget);
        }
    }

    /// @inheritdoc ITournament
    function timeout(MatchKey calldata _match) external {
        uint256 gasStart = gasleft();
        GameState memory game = loadGame(_match.tournamentId);
        OpenMatch memory open = loadMatch(_match);
        MatchState memory state = open.state;
        (bool isOutA, bool isOutB) = expiredSides(open.matchId, state);
        if (!isOutA && !isOutB) revert ClockNotExpired(open.matchId);
        Ending memory ending = beginEnding(_match, open, game, MatchEnd.Timeout);
        if (!isOutA) (ending.winner, ending.clock) = (SIDE_A, state.clockA);
        else if (!isOutB) (ending.winner, ending.clock) = (SIDE_B, state.clockB);
        if (ending.winner != NOBODY && state.phase == Match.SEALABLE) {
            ending.clock = Clock.charged(ending.clock, state.since, block.timestamp);
        }
        endMatch(ending, Bond.TIMEOUT_TOKENS, gasStart, Bond.END_GAS, Bond.END_PAIRED_GAS);
    }

    /// @inheritdoc ITournament
    function finishInner(
        MatchKey calldata _parent,
        bytes32 _leafA,
        bytes32 _leafB,
        bytes32 _modelId,
        bytes32 _prevState,
        ClaimKey calldata _winner
    ) external {
        uint256 gasStart = gasleft();
        OpenMatch memory open = loadMatch(_parent);
        bytes32 tournamentId = Commitment.innerTournamentId(open.matchId, _modelId, _prevState);
        GameState memory inner = loadFinishable(tournamentId);
        checkLeaves(open.matchId, _leafA, _leafB);
        bytes32 winnerId = survivor(tournamentId, inner, _winner);
        Ending memory ending = beginEnding(_parent, open, loadGame(_parent.tournamentId), MatchEnd.Inner);
        inner.finished = true;
        ending.innerPotGwei = inner.potGwei;
        inner.potGwei = 0;
        storeGame(tournamentId, inner);
        emit TournamentFinished(tournamentId, winnerId, _winner.outcome);
        if (winnerId != 0) {
            ending.winner = _winner.outcome == _leafA ? SIDE_A : SIDE_B;
            payInnerSurvivor(ending, inner, winnerId);
        }
        endMatch(ending, Bond.FINISH_INNER_TOKENS, gasStart, Bond.END_GAS, Bond.END_PAIRED_GAS);
    }

    /// @inheritdoc ITournament
    function finishRoot(bytes32 _tournamentId, ClaimKey calldata _winner) external {
        uint256 gasStart = gasleft();
        GameState memory game = loadFinishable(_tournamentId);
        checkRoot(game);
        bytes32 winnerId = survivor(_tournamentId, game, _winner);
        game.finished = true;
        emit TournamentFinished(_tournamentId, winnerId, _winner.outcome);
        if (winnerId == 0) {
            // The pot waits for the market (`collectVoid`).
            uint256 refund =
                refundOf(msg.sender, Bond.FINISH_ROOT_TOKENS, gasStart, REWRITE_GAS, Bond.END_GAS);
            uint256 paid;
            (game.potGwei, paid) = Bond.take(game.potGwei, refund);
            storeGame(_tournamentId, game);
            pay(msg.sender, paid);
        } else {
            _games[_tournamentId].inputRoot = _winner.outcome;
            payRootSurvivor(_tournamentId, game, winnerId, gasStart);
        }
    }

    /// @inheritdoc ITournament
    function collectVoid(bytes32 _taskId) external returns (uint256 amountWei_) {
        bytes32 tournamentId = Commitment.rootTournamentId(msg.sender, _taskId);
        GameState memory game = Game.unpack(_games[tournamentId].word);
        // With a survivor the field says what the winner's bond lacks: no money.
        if (!game.finished || game.waiting) revert NotVoid(tournamentId);
        amountWei_ = game.potGwei * Bond.GWEI;
        game.potGwei = 0;
        storeGame(tournamentId, game);
        if (amountWei_ != 0) transfer(msg.sender, amountWei_);
    }

    /// @inheritdoc ITournament
    function withdraw(address payable _to) external {
        uint256 amountWei = _credits[_to];
        if (amountWei == 0) revert NothingToWithdraw(_to);
        _credits[_to] = 0;
        transfer(_to, amountWei);
    }

    /// @dev Refunds a seal that opened an inner game, from the claim that did not make the last move, and stores the match.
    function chargeSeal(
        OpenMatch memory _open,
        GameState memory _game,
        uint256 _tokens,
        uint256 _gasStart,
        uint256 _budgetGas
    ) private {
        MatchState memory state = _open.state;
        uint256 refund = refundOf(msg.sender, _tokens, _gasStart, REWRITE_GAS + PACK_MATCH_GAS, _budgetGas);
        // Moves alternate from A on, so after an even number A is the one that did not make the last move.
        if (Bond.numMoves(_game.height) & 1 == 0) state.spentA += refund;
        else state.spentB += refund;
        _matches[_open.matchId].word = Match.pack(state);
        pay(msg.sender, refund);
    }

    function transfer(address _to, uint256 _amountWei) private {
        (bool success,) = _to.call{value: _amountWei}("");
        if (!success) revert WithdrawFailed(_to);
        emit Withdrawn(_to, _amountWei);
    }
}
