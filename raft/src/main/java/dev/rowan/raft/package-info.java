/**
 * One order out of many members: bytes in, bytes out. A wrapper around Apache Ratis that knows
 * nothing of what the bytes mean.
 *
 * <pre>{@code
 * RaftMember member = RaftMember.open(config, new RaftStateMachine() {
 *   public LogPosition applied() { return file.position(); }             // stored with the state
 *   public void apply(LogPosition at, ByteString entry) {                // on the applier's thread
 *     file.inTransaction(() -> { evaluate(entry); file.position(at); });
 *     answerClientsOf(entry);                                            // if they are this member's
 *   }
 *   ...
 * }, (term, leader) -> ..., calls);
 *
 * member.propose(batch)                                  // any member, in order, one batch an entry
 *     .whenComplete((position, thrown) -> ...);          // applied here; or lost; or unknown
 * member.readIndex().thenAccept(index -> whenApplied(index, reads));
 * }</pre>
 *
 * <p><b>A write.</b> {@link dev.rowan.raft.RaftMember#propose} queues the bytes ({@code
 * Proposals}). The thread {@code rowan-proposals} hands them to the leader in order: to the {@code
 * Intake} here, or over a {@code PeerLink} to the other's. The intake appends to Ratis' log, whose
 * worker fsyncs; an {@code Appender} for each other member sends what is new, and they fsync. With
 * a majority of disks the entry is committed, which the appender tells at once. Each member applies
 * it on Ratis' thread {@code …-StateMachineUpdater}, the applier ({@code Applier}), and the one
 * that proposed it completes the future there.
 *
 * <p><b>At most once.</b> A leader takes each number of a session's stream once in its term, and an
 * entry counts only in the term that it was meant for ({@code EntryHeader}). So once an entry of a
 * later term is applied, what is missing of an earlier one is known to be lost, and is proposed
 * again; nothing else ever is. What is still open when its time is over is reported as unknown.
 *
 * <p><b>Durability.</b> An entry is acknowledged when a majority has it in Ratis' log on disk. The
 * state machine may lose what it applied since {@link dev.rowan.raft.RaftStateMachine#persist};
 * Ratis applies it again after a start, from where {@link dev.rowan.raft.RaftStateMachine#applied}
 * says. {@code persist} is called every so many entries, and the log before it is dropped by whole
 * files. {@code RaftFolder} says what is in the folder, and checks it before Ratis opens it.
 *
 * <p><b>Far behind.</b> A member that the log doesn't reach asks the leader for its state: there
 * {@link dev.rowan.raft.RaftStateMachine#snapshot} writes a file while entries are being applied,
 * here {@link dev.rowan.raft.RaftStateMachine#install} takes it over between two entries.
 *
 * <p><b>Calls.</b> Members also ask each other what has no place in the order: {@link
 * dev.rowan.raft.RaftMember#call}. A call is sent once the connection's greeting was answered; what
 * fails before that is known not to have been carried out, what fails later isn't known.
 *
 * <p><b>Measures.</b> {@link dev.rowan.raft.RaftMember#measures} counts bytes, reads and whole
 * states by member, and tells of each fsync of the log, which Ratis times through {@code
 * NoMetrics}.
 *
 * <p><b>Threads.</b> Ours are made in {@code PeerThreads}. Ratis' are named after the member's id:
 * the applier, the log's worker, one that looks for elections or holds one, and on a leader one for
 * each other member and one for its own state.
 */
@NullMarked
package dev.rowan.raft;

import org.jspecify.annotations.NullMarked;
