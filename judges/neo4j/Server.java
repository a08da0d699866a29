// Runs scripts of Cypher on a real Neo4j (Community), each as a login of its own, over an encrypted connection.
// in: a neo4j.conf with loopback addresses and its Bolt port as arguments; its folder is the home; 5.26's jars on the class path. On stdin
//     a line a script, by tab: user, password, database, file, then parameters as name=value
// out: a line a statement: `ok FILE: STATEMENT`, or `refused FILE: STATEMENT: MESSAGE`; `refused FILE: MESSAGE` when the
//     login is; `rows FILE: STATEMENT: N` behind an `ok` that gave rows
// promises: the server is this process, and ends with it. A later statement runs though one before was refused.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.neo4j.driver.AuthTokens;
import org.neo4j.driver.Config;
import org.neo4j.driver.GraphDatabase;
import org.neo4j.driver.Logging;
import org.neo4j.driver.SessionConfig;
import org.neo4j.server.CommunityBootstrapper;

class Server {
    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(arguments[0]).toAbsolutePath();
        int code = new CommunityBootstrapper().start(file.getParent(), file, Map.of(), false, false);
        if (code != 0) {
            System.out.println("refused " + file.getFileName() + ": the server ended with " + code);
            Runtime.getRuntime().halt(1);
        }
        var scripts = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = scripts.readLine()) != null;) {
            String[] script = line.split("\t");
            Map<String, Object> parameters = new HashMap<>();
            for (int i = 4; i < script.length; i++) {
                String[] one = script[i].split("=", 2);
                parameters.put(one[0], one[1]);
            }
            run(arguments[1], script, parameters);
        }
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    static void run(String port, String[] script, Map<String, Object> parameters) throws Exception {
        Path file = Path.of(script[3]);
        var config = Config.builder().withLogging(Logging.none()).build();
        // The certificate is its own; what counts here is that there is one.
        var uri = "bolt+ssc://127.0.0.1:" + port;
        try (var driver = GraphDatabase.driver(uri, AuthTokens.basic(script[0], script[1]), config)) {
            driver.verifyConnectivity();
            try (var session = driver.session(SessionConfig.forDatabase(script[2]))) {
                for (String statement : statements(Files.readString(file))) {
                    String shown = statement.replaceAll("\\s+", " ");
                    try {
                        int rows = session.run(statement, parameters).list().size();
                        System.out.println("ok " + file.getFileName() + ": " + shown);
                        if (rows > 0) System.out.println("rows " + file.getFileName() + ": " + shown + ": " + rows);
                    } catch (RuntimeException told) {
                        System.out.println("refused " + file.getFileName() + ": " + shown + ": " + said(told));
                    }
                }
            }
        } catch (RuntimeException told) {
            System.out.println("refused " + file.getFileName() + ": " + said(told));
        }
    }

    static String said(Throwable told) {
        return (told.getClass().getSimpleName() + ": " + told.getMessage()).replaceAll("\\s+", " ");
    }

    /** Statements of a script: ends of lines behind `//` are left out, and `;` in quotes ends nothing. */
    static List<String> statements(String text) {
        var all = new ArrayList<String>();
        var one = new StringBuilder();
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote == 0 && text.startsWith("//", i)) {
                while (i < text.length() && text.charAt(i) != '\n') i++;
                one.append('\n');
                continue;
            }
            if (quote != 0 && quote != '`' && c == '\\') {
                one.append(c);
                c = text.charAt(++i);
            } else if (quote == 0 && (c == '\'' || c == '"' || c == '`')) {
                quote = c;
            } else if (c == quote) {
                quote = 0;
            }
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
