package dev.rowan.raft;

import org.apache.ratis.conf.Parameters;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;

/** By this class's name Ratis finds the way in which members talk; it makes it by reflection. */
final class PeerRpcType implements RpcType {
  static final String FACTORY = "rowan.peers";

  @Override
  public String name() {
    return getClass().getName();
  }

  @Override
  public RpcFactory newFactory(Parameters parameters) {
    return parameters.getNonNull(FACTORY, PeerRpc.class);
  }
}
