// Runs scripts of CQL on a real Cassandra, each as a login of its own.
// in: a cassandra.yaml as argument, with loopback addresses; the jars of 5.0 on the class path, with the options of
//     java.options. On stdin a line a script: user, password and file by tab
// out: a line a statement: `ok FILE: STATEMENT`, or `refused FILE: STATEMENT: MESSAGE`; `refused FILE: MESSAGE` when the
//     login is; `rows FILE: STATEMENT: N` behind an `ok` that gave rows
// promises: the server is this process, and ends with it. A later statement runs though one before was refused.
import com.datastax.driver.core.Cluster;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.cassandra.config.DatabaseDescriptor;
import org.apache.cassandra.service.CassandraDaemon;

class Server {
    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(arguments[0]).toAbsolutePath();
        System.setProperty("cassandra.config", file.toUri().toString());
        System.setProperty("cassandra-rackdc.properties", file.resolveSibling("cassandra-rackdc.properties").toUri().toString());
        System.setProperty("cassandra-foreground", "yes");
        // One node has nobody to wait for.
        System.setProperty("cassandra.skip_wait_for_gossip_to_settle", "0");
        System.setProperty("cassandra.ring_delay_ms", "0");
        System.setProperty("cassandra.superuser_setup_delay_ms", "0");
        System.setProperty("io.netty.tryReflectionSetAccessible", "true");
        new CassandraDaemon(true).activate();
        var scripts = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = scripts.readLine()) != null;) {
            String[] script = line.split("\t");
            run(script[0], script[1], Path.of(script[2]));
        }
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    static void run(String user, String password, Path file) throws Exception {
        var cluster = Cluster.builder()
            .addContactPoint("127.0.0.1")
            .withPort(DatabaseDescriptor.getNativeTransportPort())
            .withCredentials(user, password)
            .withoutJMXReporting()
            .build();
        try {
            var session = cluster.connect();
            for (String statement : statements(Files.readString(file))) {
                String shown = statement.replaceAll("\\s+", " ");
                try {
                    var rows = session.execute(statement).all();
                    System.out.println("ok " + file.getFileName() + ": " + shown);
                    if (!rows.isEmpty()) System.out.println("rows " + file.getFileName() + ": " + shown + ": " + rows.size());
                } catch (RuntimeException told) {
                    System.out.println("refused " + file.getFileName() + ": " + shown + ": " + said(told));
                }
            }
        } catch (RuntimeException told) {
            System.out.println("refused " + file.getFileName() + ": " + said(told));
        }
    }

    static String said(Throwable told) {
        return (told.getClass().getSimpleName() + ": " + told.getMessage()).replaceAll("\\s+", " ");
    }

    /** Statements of a script: ends of lines behind `--` are left out, and `;` in quotes ends nothing. */
    static List<String> statements(String text) {
        var all = new ArrayList<String>();
        var one = new StringBuilder();
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote == 0 && text.startsWith("--", i)) {
                while (i < text.length() && text.charAt(i) != '\n') i++;
                one.append('\n');
                continue;
            }
            if (quote == 0 && (c == '\'' || c == '"')) quote = c;
            else if (c == quote) quote = 0;
            if (quote == 0 && c == ';') {
                if (!one.toString().isBlank()) all.add(one.toString().trim());
                one.setLength(0);
            } else {
                one.append(c);
            }
        }
        if (!one.toString().isBlank()) all.add(one.toString().trim());
        return all;
    }
}
