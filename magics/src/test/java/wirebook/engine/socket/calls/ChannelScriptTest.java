package wirebook.engine.socket.calls;

/** The same scripts over the JDK's channels. */
class ChannelScriptTest extends SocketScriptTest {
  @Override
  SocketLayer layer() {
    return new ChannelLayer();
  }
}
