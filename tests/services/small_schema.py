"""A schema of our own, in our own words, for a handful of documents in DUIS's envelopes.

The national service's schema is not ours to pass on. This one has the facts of service-requests.md, sections 2 and 3.
"""

from pathlib import Path

RA = """<?xml version="1.0"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:ra="http://www.dccinterface.co.uk/ResponseAndAlert"
  targetNamespace="http://www.dccinterface.co.uk/ResponseAndAlert" elementFormDefault="qualified">
  <xs:complexType name="Parties"><xs:sequence>
    <xs:element name="BusinessOriginatorID" type="xs:token"/>
    <xs:element name="BusinessTargetID" type="xs:token"/>
    <xs:element name="OriginatorCounter" type="xs:unsignedLong"/>
    <xs:element name="ServiceReference" type="xs:token" minOccurs="0"/>
    <xs:element name="ServiceReferenceVariant" type="xs:token" minOccurs="0"/>
    <xs:element name="Timestamp" minOccurs="0"><xs:complexType><xs:simpleContent>
      <xs:extension base="xs:dateTime">
        <xs:attribute name="isFromGSME" type="xs:boolean"/><xs:attribute name="ClockStatus" type="xs:string"/>
      </xs:extension></xs:simpleContent></xs:complexType></xs:element>
  </xs:sequence></xs:complexType>
  <xs:complexType name="Outcome"><xs:attribute name="MessageSuccess" type="xs:boolean" use="required"/></xs:complexType>
  <xs:complexType name="Supply"><xs:complexContent><xs:extension base="ra:Outcome"><xs:sequence>
    <xs:element name="SupplyState" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string">
      <xs:enumeration value="Enabled"/><xs:enumeration value="Disabled"/><xs:enumeration value="Armed"/>
    </xs:restriction></xs:simpleType></xs:element>
  </xs:sequence></xs:extension></xs:complexContent></xs:complexType>
  <xs:complexType name="Result"><xs:sequence>
    <xs:element name="SMETSData" minOccurs="0"><xs:complexType><xs:choice>
      <xs:element name="DisableSupplyRsp" type="ra:Outcome"/>
      <xs:element name="TopUpDeviceRsp" type="ra:Outcome"/>
      <xs:element name="ReadSupplyStatusRsp" type="ra:Supply"/>
    </xs:choice></xs:complexType></xs:element>
    <xs:element name="DebugInfo" minOccurs="0"><xs:complexType><xs:sequence><xs:element name="SMETS1Debug">
      <xs:complexType><xs:sequence><xs:element name="SMETS1Response" maxOccurs="unbounded"><xs:complexType>
        <xs:sequence><xs:element name="Error" type="xs:string"/></xs:sequence>
        <xs:attribute name="ResponseCode" type="xs:integer" use="required"/>
        <xs:attribute name="Position" type="xs:positiveInteger" use="required"/>
      </xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType>
    </xs:element>
  </xs:sequence></xs:complexType>
  <xs:complexType name="Warning"><xs:sequence><xs:element name="DeviceAlertContent"><xs:complexType><xs:sequence>
    <xs:element name="GBCSHexAlertCode" type="xs:hexBinary"/>
    <xs:element name="AlertDescription" type="xs:string"/>
    <xs:element name="Timestamp" type="xs:dateTime"/>
  </xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType>
</xs:schema>
"""
SR = """<?xml version="1.0"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway"
  xmlns:ra="http://www.dccinterface.co.uk/ResponseAndAlert"
  targetNamespace="http://www.dccinterface.co.uk/ServiceUserGateway" elementFormDefault="qualified">
  <xs:import namespace="http://www.dccinterface.co.uk/ResponseAndAlert" schemaLocation="ra.xsd"/>
  <xs:simpleType name="Id"><xs:restriction base="xs:token">
    <xs:pattern value="[0-9A-Fa-f]{2}(-[0-9A-Fa-f]{2}){7}:[0-9A-Fa-f]{2}(-[0-9A-Fa-f]{2}){7}:[0-9]{1,20}"/>
  </xs:restriction></xs:simpleType>
  <xs:complexType name="Nothing"/>
  <xs:element name="Request"><xs:complexType><xs:sequence>
    <xs:element name="Header"><xs:complexType><xs:sequence>
      <xs:element name="RequestID" type="sr:Id"/>
      <xs:element name="FirstInSequence" type="xs:boolean" minOccurs="0"/>
      <xs:element name="PrecedingServiceRequestID" type="sr:Id" minOccurs="0"/>
      <xs:element name="CommandVariant" type="xs:positiveInteger"/>
      <xs:element name="ServiceReference" type="xs:token"/>
      <xs:element name="ServiceReferenceVariant" type="xs:token"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="Body"><xs:complexType><xs:choice>
      <xs:element name="DisableSupply" type="sr:Nothing"/>
      <xs:element name="ReadSupplyStatus" type="sr:Nothing"/>
      <xs:element name="TopUpDevice"><xs:complexType><xs:sequence><xs:element name="UTRN"><xs:simpleType>
        <xs:restriction base="xs:string"><xs:pattern value="[0-9]{20}"/></xs:restriction></xs:simpleType></xs:element>
      </xs:sequence></xs:complexType></xs:element>
    </xs:choice></xs:complexType></xs:element>
    <xs:any namespace="http://www.w3.org/2000/09/xmldsig#" processContents="skip" minOccurs="0"/>
  </xs:sequence><xs:attribute name="schemaVersion" type="xs:decimal" use="required"/></xs:complexType></xs:element>
  <xs:element name="Response"><xs:complexType><xs:sequence>
    <xs:element name="Header"><xs:complexType><xs:sequence>
      <xs:element name="RequestID" type="sr:Id" minOccurs="0"/>
      <xs:element name="ResponseID" type="sr:Id" minOccurs="0"/>
      <xs:element name="ResponseCode"><xs:simpleType><xs:restriction base="xs:string">
        <xs:pattern value="[IEW][0-9]{1,6}"/></xs:restriction></xs:simpleType></xs:element>
      <xs:element name="ResponseDateTime" type="xs:dateTime"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="Body"><xs:complexType><xs:choice>
      <xs:element name="ResponseMessage"><xs:complexType><xs:sequence>
        <xs:element name="ServiceReference" type="xs:token"/>
        <xs:element name="ServiceReferenceVariant" type="xs:token"/>
        <xs:element name="DSPScheduleID" type="xs:unsignedLong" minOccurs="0"/>
      </xs:sequence></xs:complexType></xs:element>
      <xs:element name="DCCAlertMessage"><xs:complexType><xs:sequence>
        <xs:element name="DCCAlertCode" type="xs:token"/>
        <xs:element name="DCCAlert"><xs:complexType><xs:sequence><xs:element name="S1SPAlertDSP"><xs:complexType>
          <xs:sequence><xs:element name="S1SPAlert"><xs:complexType><xs:sequence>
            <xs:element name="RequestID" type="sr:Id" minOccurs="0"/>
            <xs:element name="DeviceID" type="xs:token" minOccurs="0"/>
            <xs:element name="S1SPAlertCode" type="xs:string"/>
            <xs:element name="AdditionalInformation" type="xs:string" minOccurs="0"/>
            <xs:element name="UTRN" type="xs:string" minOccurs="0"/>
            <xs:element name="DateTime" type="xs:dateTime"/>
          </xs:sequence><xs:attribute name="schemaVersion" type="xs:decimal" use="required"/></xs:complexType>
          </xs:element></xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>
      </xs:sequence></xs:complexType></xs:element>
      <xs:element name="SMETS1ResponseMessage"><xs:complexType><xs:sequence>
        <xs:element name="ServiceReference" type="xs:token" minOccurs="0"/>
        <xs:element name="ServiceReferenceVariant" type="xs:token" minOccurs="0"/>
        <xs:element name="DSPScheduleID" type="xs:unsignedLong" minOccurs="0"/>
        <xs:element name="ThrottledAlertSequenceId" type="xs:unsignedInt" minOccurs="0"/>
        <xs:element name="ThrottledAlertCount" type="xs:unsignedInt" minOccurs="0"/>
        <xs:element name="SMETS1SignedResponse"><xs:complexType><xs:sequence>
          <xs:element name="SMETS1Response"><xs:complexType><xs:sequence>
            <xs:element name="Header" type="ra:Parties"/>
            <xs:element name="Body"><xs:complexType><xs:choice>
              <xs:element name="ResponseMessage" type="ra:Result"/>
              <xs:element name="DeviceAlertMessage" type="ra:Warning"/>
            </xs:choice></xs:complexType></xs:element>
          </xs:sequence></xs:complexType></xs:element>
        </xs:sequence><xs:attribute name="schemaVersion" type="xs:decimal" use="required"/></xs:complexType>
        </xs:element>
      </xs:sequence></xs:complexType></xs:element>
    </xs:choice></xs:complexType></xs:element>
  </xs:sequence><xs:attribute name="schemaVersion" type="xs:decimal" use="required"/></xs:complexType></xs:element>
</xs:schema>
"""


def small_schema(folder: Path) -> Path:
    """Write the schema into a folder, and give its path."""
    (folder / "ra.xsd").write_text(RA, "utf-8")
    (folder / "sr.xsd").write_text(SR, "utf-8")
    return folder / "sr.xsd"
