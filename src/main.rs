use tenantc::{source::*,diag::*,parse};
fn main(){ let mut m=SourceMap::default(); let mut d=vec![]; 
 for p in std::env::args().skip(1){ let t=String::from_utf8_lossy(&std::fs::read(&p).unwrap()).into_owned(); m.add(&p,t,Origin::Workspace); }
 for f in m.files(){ let (_a,e)=parse::parse(f); d.extend(e); if let Some(t)=parse::format(f){ if t!=*f.text { println!("--- {} differs",f.name); for x in similar::TextDiff::from_lines(&*f.text,&t).unified_diff().context_radius(0).iter_hunks(){println!("{x}");} } } }
 print!("{}",render(Format::Fancy,&settle(d),&m,fancy::Style::default()));
}
