package wirebook.engine.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import wirebook.trace.Bytes;

class MessageFieldTest {
  private static final Bytes WIRE =
      Bytes.of(
          HexFormat.of()
              .parseHex(
                  "1234818000010001000000000161076578616d706c650000010001"
                      + "0177c00e000100010000003c0004c0000201"));

  @Test
  void everyByteIsExplainedOnceAndPointersSayWhereTheyLead() {
    List<MessageField> fields = MessageField.of(WIRE);
    int next = 0;
    for (MessageField field : fields) {
      assertThat(field.from()).isEqualTo(next);
      next = field.to();
    }
    assertThat(next).isEqualTo(WIRE.length());
    assertThat(fields)
        .extracting(MessageField::words)
        .contains(
            "id 4660",
            "flags QR RD RA, opcode QUERY, code NOERROR",
            "name a.example.",
            "name w.example., its first labels",
            "TTL 60 s",
            "data: 192.0.2.1");
    assertThat(fields)
        .filteredOn(f -> f.pointer().isPresent())
        .extracting(MessageField::pointer, MessageField::words)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                OptionalInt.of(14), "name w.example., continued at byte 14"));
  }

  @Test
  void whatCannotBeReadIsOneFieldAtTheEnd() {
    Bytes cut = WIRE.slice(0, WIRE.length() - 1);
    assertThat(MessageField.of(cut).getLast().words())
        .isEqualTo("cannot be read: unexpected end of input");
    assertThat(MessageField.of(Bytes.EMPTY)).isEmpty();
  }

  @Test
  void noBytesWhateverLeaveAGapOrThrow() {
    Random random = new Random(1035);
    for (int round = 0; round < 20_000; round++) {
      byte[] wire = WIRE.toArray();
      for (int i = 0; i < 3; i++) {
        wire[random.nextInt(wire.length)] = (byte) random.nextInt(256);
      }
      int next = 0;
      for (MessageField field : MessageField.of(Bytes.of(wire))) {
        assertThat(field.from()).isEqualTo(next);
        next = field.to();
      }
      assertThat(next).isEqualTo(wire.length);
    }
  }
}
